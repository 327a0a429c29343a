import type { Retired } from '../base/read-retired.ts'
import type { PublishedEver } from '../base/history.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { type Problem, toProblem } from '../errors/dm-error.ts'
import { bucketOf, findDataset, findEntry } from '../manifest/lookup.ts'
import { objectId } from '../manifest/retired.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry } from '../manifest/types.ts'
import { eachInParallel } from '../store/each-in-parallel.ts'
import { hashObject } from '../store/read-object.ts'
import type { ObjectInfo, Store } from '../store/store.ts'
import { auditCompanions } from './audit-companions.ts'
import type { Orphan } from './hold-against-buckets.ts'
import type { Inventory } from './inventory.ts'
import { type Companion, findProvable, proveCompanion } from './prove-companions.ts'

/** How many objects are asked about at a time. */
const heads = 16
/** How many objects are read at a time. */
const reads = 4

export interface AuditOptions {
  readonly open: (bucket: string) => Store
  /** Former stamps of this data repository. */
  readonly formerly: readonly string[]
  /** Only what was published later, by the store's clock; null: everything. */
  readonly since: Date | null
  readonly retired: Retired
  /** Whether the bytes are read and hashed, and what lies beside them is read too. */
  readonly isFull: boolean
  readonly signal: AbortSignal
  /** Called with the bytes that are hashed so far, out of `total`. */
  readonly onProgress: (done: number, total: number) => void
}

/** What came of holding objects against the entries that name them. */
export interface Audited {
  /** How many objects were looked at. */
  readonly objects: number
  /** How many of them were read and hashed. */
  readonly hashed: number
  /** How many lie beside them. */
  readonly companions: number
  /** How many of both carry no stamp, and were not read: nothing but their names says what they are. */
  readonly unstamped: number
  readonly problems: readonly Problem[]
}

interface Item {
  readonly dataset: Dataset
  readonly entry: VersionEntry
  readonly store: Store
}

interface Found {
  readonly item: Item
  readonly info: ObjectInfo
}

/**
 * Looks at the object of each published version, and at what lies beside it: whose it is and what its
 * stamp says of its bytes, and with `isFull` at the bytes themselves. Whether it is there with the right size and key, a listing
 * tells (`holdAgainstBuckets`); what that has found to be missing is passed over.
 *
 * @param inventory of all buckets that the config has for datasets
 */
export async function auditObjects(
  { datasets }: Manifest,
  inventory: Inventory,
  options: AuditOptions,
): Promise<Audited> {
  // A listing tells when each was written: no need to ask about those that are older.
  const isAsked = (bucket: string, key: string): boolean => {
    const modified = inventory.modifiedOf(bucket, key)
    return modified !== null && (options.since === null || modified >= options.since)
  }
  const items = datasets
    .filter((dataset) => !isMarked(dataset) && inventory.buckets.includes(bucketOf(dataset)))
    .flatMap((dataset) => {
      const store = options.open(bucketOf(dataset))
      const published = dataset.history
        .filter((entry) => !isPending(entry) && !isMarked(entry))
        .filter((entry) => isAsked(bucketOf(dataset), entry.r2_object_key))
      // A rollback names the object of another version.
      const idOf = ({ r2_object_key: key, sha256 }: VersionEntry): string => `${key}\0${sha256}`
      const distinct = new Map(published.map((entry) => [idOf(entry), entry]))
      return [...distinct.values()].map((entry): Item => ({ dataset, entry, store }))
    })
  const problems: Problem[] = []
  const found: Found[] = []
  await eachInParallel(items, heads, options.signal, async (item, signal) => {
    const { entry, store } = item
    const info = await store.head(entry.r2_object_key, { signal })
    if (info === null) return
    found.push({ item, info })
    problems.push(...stampProblems(item, info, options.formerly))
  })
  const there = found.map(({ item }) => item)
  const { companions, ...beside } = await auditCompanions(there, inventory, options)
  problems.push(...beside.problems)
  const objects = found.length
  if (!options.isFull) {
    const own = found.filter(({ info }) => info.sha256 === null).length
    const unstamped = own + beside.unstamped
    return { objects, companions, hashed: 0, unstamped, problems: inOrder(problems) }
  }
  problems.push(...(await readAll(found, options)))
  return { objects, companions, hashed: objects, unstamped: 0, problems: inOrder(problems) }
}

function stampProblems(item: Item, info: ObjectInfo, formerly: readonly string[]): Problem[] {
  const { entry, store } = item
  const { sha256, r2_object_key: key } = entry
  const about = { ...nameOf(item), bucket: store.bucket, key }
  const errors: DmError[] = []
  if (info.sha256 !== null && info.sha256 !== sha256) {
    errors.push(new DmError('DM_OBJECT_STAMP', { ...about, sha256, found: info.sha256 }))
  }
  const { repository: owner } = info
  if (owner !== null && owner !== store.repository && !formerly.includes(owner)) {
    errors.push(new DmError('DM_OBJECT_OWNER', { ...about, owner }))
  }
  return errors.map((error) => toProblem(error, nameOf(item)))
}

/** Reads the databases, and then what lies beside them: a damaged one may be made of that. */
async function readAll(found: readonly Found[], options: AuditOptions): Promise<Problem[]> {
  const problems: Problem[] = []
  const damaged = new Set<string>()
  let done = 0
  let total = found.reduce((sum, { info }) => sum + info.bytes, 0)
  const step = (bytes: number): void => options.onProgress((done += bytes), total)
  await readEach(
    found,
    problems,
    options.signal,
    async ({ item, info: { key, bytes } }, signal) => {
      const { entry, store } = item
      const { sha256 } = entry
      let before = 0
      const onProgress = (now: number): void => {
        step(now - before)
        before = now
      }
      damaged.add(placeOf(item))
      const hash = await hashObject(store, key, { bytes, signal, onProgress })
      const about = { ...nameOf(item), bucket: store.bucket, key, sha256, found: hash.sha256 }
      if (hash.sha256 !== sha256) throw new DmError('DM_OBJECT_HASH', about)
      damaged.delete(placeOf(item))
    },
  )
  const isDamaged = (bucket: string, key: string): boolean => damaged.has(objectId({ bucket, key }))
  const beside: { readonly item: Item; readonly companion: Companion }[] = []
  await eachInParallel(found, heads, options.signal, async ({ item, info }, signal) => {
    const { store } = item
    const isOf = (key: string): boolean => isDamaged(store.bucket, key)
    const where = { retired: options.retired, isDamaged: isOf, signal }
    const bytes = item.entry.bytes ?? info.bytes
    for (const companion of await findProvable(item, store, bytes, where)) {
      beside.push({ item, companion })
      total += bytes
    }
  })
  await readEach(beside, problems, options.signal, async ({ item, companion }, signal) =>
    proveCompanion(companion, item.entry.sha256, step, signal),
  )
  return problems
}

/** Reads several at a time; what is wrong with one says nothing of the others. */
async function readEach<One extends { readonly item: Item }>(
  all: readonly One[],
  problems: Problem[],
  signal: AbortSignal,
  read: (one: One, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await eachInParallel(all, reads, signal, async (one, readSignal) => {
    try {
      await read(one, readSignal)
    } catch (error) {
      readSignal.throwIfAborted()
      // One that went, or that is archived, says nothing of the others.
      if (!isDmError(error) || !ofOneObject.has(error.code)) throw error
      problems.push(toProblem(error, nameOf(one.item)))
    }
  })
}

function placeOf({ store: { bucket }, entry }: Item): string {
  return objectId({ bucket, key: entry.r2_object_key })
}

const ofOneObject: ReadonlySet<string> = new Set([
  'DM_OBJECT_HASH',
  'DM_FORM_BROKEN',
  'DM_STORE_NOT_FOUND',
  'DM_STORE_MISMATCH',
  'DM_STORE_ARCHIVED',
  'DM_STORE_SYMLINK',
])

/**
 * What only the whole history tells: published versions that vanished from the manifest without a
 * mark, whose objects are still there; and numbers that had two different objects.
 *
 * @param orphans the objects of this data repository that nothing names
 */
export function auditHistory(
  manifest: Manifest,
  orphans: readonly Orphan[],
  ever: PublishedEver,
): Problem[] {
  const byKey = new Map<string, { dataset: string; version: string }>()
  const keys = new Map<string, Set<string>>()
  for (const { dataset, number, key } of ever.all()) {
    byKey.set(key, { dataset, version: `v${number}` })
    const id = `${dataset}\0v${number}`
    keys.set(id, (keys.get(id) ?? new Set()).add(key))
  }
  const vanished = orphans.map((orphan) => {
    const { bucket, key } = orphan
    const entry = byKey.get(key)
    // Another version restored it, and is still there: then the object has a name.
    if (entry === undefined || findEntry(manifest, entry.dataset, entry.version)) {
      const error = new DmError('DM_OBJECT_ORPHAN', { bucket, keys: [key], more: false })
      return toProblem(error, { dataset: '', version: null })
    }
    return toProblem(new DmError('DM_ENTRY_VANISHED', { ...entry, bucket, key }), entry)
  })
  const twice = [...keys]
    .filter(([, { size }]) => size > 1)
    .map(([id, set]) => {
      const [dataset = '', version = ''] = id.split('\0')
      const isThere = findDataset(manifest, dataset) !== undefined
      const error = new DmError('DM_NUMBER_TWICE', { dataset, version, keys: [...set], isThere })
      return toProblem(error, { dataset, version })
    })
  return [...vanished, ...twice]
}

function nameOf({ dataset, entry }: Item): { dataset: string; version: string } {
  return { dataset: dataset.fileName, version: entry.version }
}

/** As the answers came, they stand in any order. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const id = ({ dataset, version }: Problem): string => `${dataset}\0${version}`
  return problems.toSorted((a, b) => (id(a) < id(b) ? -1 : id(a) > id(b) ? 1 : 0))
}
