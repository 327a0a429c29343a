import { DmError, isDmError, type Problem, toProblem } from '../errors/dm-error.ts'
import { companionOf } from '../manifest/keys.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { objectId } from '../manifest/retired.ts'
import type { DatasetEntry } from '../manifest/types.ts'
import { eachInParallel } from '../store/each-in-parallel.ts'
import { hashObject } from '../store/read-object.ts'
import type { Store } from '../store/store.ts'
import type { Inventory } from './inventory.ts'

export interface CompanionAudit {
  /** Former stamps of this data repository. */
  readonly formerly: readonly string[]
  /** Whether diffs are read and hashed; what stands for bytes is proved elsewhere. */
  readonly isFull: boolean
  readonly signal: AbortSignal
}

/** What came of looking at what lies beside objects. */
export interface AuditedCompanions {
  readonly companions: number
  /** How many of them carry no stamp: nothing but their names says what they stand for. */
  readonly unstamped: number
  readonly problems: readonly Problem[]
}

/**
 * Looks at what lies beside the objects of published versions: whose it is, and what its stamp says that
 * it stands for. What lies beside nothing is an orphan.
 *
 * @throws DM_STORE_…
 */
export async function auditCompanions(
  items: readonly (DatasetEntry & { readonly store: Store })[],
  inventory: Inventory,
  audit: CompanionAudit,
): Promise<AuditedCompanions> {
  const beside = indexCompanions(inventory)
  const all = items.flatMap((item) => {
    const place = { bucket: bucketOf(item.dataset), key: item.entry.r2_object_key }
    return (beside.get(objectId(place)) ?? []).map((key) => ({ item, key }))
  })
  const problems: Problem[] = []
  let [companions, unstamped] = [0, 0]
  await eachInParallel(all, heads, audit.signal, async ({ item, key }, signal) => {
    const { dataset, entry, store } = item
    const info = await store.head(key, { signal })
    if (info === null) return
    companions++
    const { version, sha256 } = entry
    const name = { dataset: dataset.fileName, version }
    const about = { ...name, bucket: store.bucket, key }
    const tell = (error: DmError): unknown => problems.push(toProblem(error, name))
    const { repository: owner, sha256: own, content } = info
    if (owner !== null && owner !== store.repository && !audit.formerly.includes(owner)) {
      tell(new DmError('DM_OBJECT_OWNER', { ...about, owner }))
    }
    if (own === null) unstamped++
    else if (content !== sha256) {
      tell(new DmError('DM_COMPANION_STAMP', { ...about, sha256, found: content }))
    }
    if (!audit.isFull || own === null || companionOf(key)?.kind !== 'diff') return
    const found = await hashOf(store, key, info.bytes, signal)
    if (found instanceof DmError) tell(found)
    else if (found !== own) tell(new DmError('DM_OBJECT_HASH', { ...about, sha256: own, found }))
  })
  return { companions, unstamped, problems }
}

/** How many are asked about at a time. */
const heads = 16

/** The companions that were listed, by what they lie beside. */
function indexCompanions(inventory: Inventory): ReadonlyMap<string, string[]> {
  const beside = new Map<string, string[]>()
  for (const bucket of inventory.buckets) {
    for (const key of inventory.keys(bucket)) {
      const database = companionOf(key)?.key
      if (database === undefined) continue
      const id = objectId({ bucket, key: database })
      beside.set(id, [...(beside.get(id) ?? []), key])
    }
  }
  return beside
}

/** One that cannot be read says nothing of the others. */
async function hashOf(
  store: Store,
  key: string,
  bytes: number,
  signal: AbortSignal,
): Promise<string | DmError> {
  try {
    return (await hashObject(store, key, { bytes, signal })).sha256
  } catch (error) {
    signal.throwIfAborted()
    if (isDmError(error, 'DM_STORE_MISMATCH') || isDmError(error, 'DM_STORE_NOT_FOUND')) {
      return error
    }
    throw error
  }
}
