import { type Base, fetchBase } from '../base/base.ts'
import { findForged } from '../base/find-forged.ts'
import { readRetired } from '../base/read-retired.ts'
import { type Proposed, readProposed, type Reference } from '../base/references.ts'
import { datasetBuckets } from '../config/buckets.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { deepen } from '../git/deepen.ts'
import { findFile } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { objectId, type RetiredList } from '../manifest/retired.ts'
import type { Manifest } from '../manifest/types.ts'
import type { ListedObject, Store } from '../store/store.ts'
import { findOwnOrphans } from './hold-against-buckets.ts'
import { takeInventory } from './inventory.ts'
import {
  type Candidate,
  day,
  dueDate,
  findCandidates,
  type StoredObject,
  tellOthers,
} from './sweep-candidates.ts'

/** How long what only a stranger's pull request refers to is kept in staging, in milliseconds. */
const outsideMs = 90 * day

/** An object that is kept, and why. */
export interface Kept extends StoredObject {
  readonly reason: string
  /** When it may go, ISO 8601; null: as long as the reason lasts. */
  readonly until: string | null
}

/** What a sweep has removed, and what it has kept of what it looked at. */
export interface Swept {
  readonly removed: readonly StoredObject[]
  readonly kept: readonly Kept[]
}

export interface SweepOptions {
  readonly repository: Repository
  readonly config: ResolvedConfig
  readonly staging: Store
  readonly open: (bucket: string) => Store
  /** Whether what nothing names goes, too: only for somebody who asks for that. */
  readonly orphans?: boolean
  readonly signal: AbortSignal
  /** Called with what the user should know; nothing of it fails the run. */
  readonly notice: (notice: DmError) => void
}

/**
 * Removes what is due and what nothing refers to, on the base as it is now or on what is proposed;
 * the commit that gives it up must have been pushed. Looks at each object once more before it goes.
 *
 * @param isDryRun removes nothing; `removed` is what would be
 * @throws DM_… where it could not be told what refers to what: then nothing was removed
 */
export async function sweep(options: SweepOptions, isDryRun: boolean): Promise<Swept> {
  const { repository, config, staging, signal, notice } = options
  const base = await withManifest(await fetchBase(repository, config.manifest, signal), options)
  if (base === null) return { removed: [], kept: [] }
  let retired = await readRetired(repository, base.commit, config.manifest, signal)
  const orphans: Candidate[] = []
  if (options.orphans === true) {
    if (!retired.isVerified) {
      await deepen(repository, 'all', signal)
      retired = await readRetired(repository, base.commit, config.manifest, signal)
    }
    // What was given up would look like an orphan, and go before its time.
    if (retired.problem !== null) throw retired.problem
    orphans.push(...(await findOrphanCandidates(base.manifest, retired.list, options)))
  }
  const { own, others } = await findCandidates(retired.list, options)
  const candidates = [...own, ...orphans]
  if (candidates.length + others.length === 0) return { removed: [], kept: [] }
  const now = await staging.now({ signal })
  await tellOthers(
    others.filter(({ due: time }) => time <= now),
    options,
  )
  const [due, later] = split(candidates, ({ due: time }) => time <= now)
  const kept = later.map((one) => keep(one, waitingReason(one), one.due))
  if (due.length === 0) return { removed: [], kept }
  if (!retired.isVerified && due.some(({ kind }) => kind === 'retired')) {
    await deepen(repository, 'all', signal)
    retired = await readRetired(repository, base.commit, config.manifest, signal)
  }
  if (retired.problem !== null) {
    return { removed: [], kept: [...kept, ...due.map((one) => keep(one, unexplained, null))] }
  }
  const listed = new Set(due.filter(({ kind }) => kind === 'retired').map(objectId))
  const given = (retired.list?.objects ?? []).filter((object) => listed.has(objectId(object)))
  const forged = await findForged(repository, base.commit, config.manifest, given, signal)
  const context = { path: config.manifest, staging: config.staging }
  const proposed = await readProposed(repository, base, context, signal)
  for (const { by } of proposed.unreadable) {
    notice(new DmError('DM_REFERENCE_UNREADABLE', { by, path: config.manifest }))
  }
  const named = namedBy(base.manifest, config.staging)
  const removed: StoredObject[] = []
  for (const one of due) {
    signal.throwIfAborted()
    try {
      const reason = await reasonToKeep(one, { ...options, forged, named, proposed, now })
      if (reason === 'gone') continue
      if (reason !== null) kept.push(reason)
      else {
        if (!isDryRun) await options.open(one.bucket).remove(one.key, { signal })
        removed.push({ bucket: one.bucket, key: one.key })
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!isDmError(error)) throw error
      notice(
        new DmError('DM_SWEEP_FAILED', { bucket: one.bucket, key: one.key, reason: error.message }),
      )
    }
  }
  return { removed, kept }
}

const unexplained = 'the list of what was given up is not one that a publication wrote'

/** Null for a base without a manifest: it is somewhere else, and may name anything. */
async function withManifest(
  { commit, manifest }: Base,
  { repository, config, signal, notice }: SweepOptions,
): Promise<(Base & { readonly commit: string }) | null> {
  if (commit === null) return null
  const path = config.manifest
  if ((await findFile(repository, commit, path, { signal })) !== null) return { commit, manifest }
  notice(new DmError('DM_SWEEP_NO_MANIFEST', { path }))
  return null
}

/** This data repository's own objects that nothing names, in all buckets of datasets. */
async function findOrphanCandidates(
  manifest: Manifest,
  retired: RetiredList | null,
  { config, open, signal }: SweepOptions,
): Promise<Candidate[]> {
  const inventory = await takeInventory(manifest, datasetBuckets(config), open, signal, true)
  const owners = { formerly: config.formerly, open, signal, most: Infinity }
  const { orphans } = await findOwnOrphans(manifest, retired, inventory, owners)
  return orphans.map(({ bucket, key, info: { modified: since } }) => {
    return { kind: 'orphan', bucket, key, since, due: dueDate('orphan', since, config) }
  })
}

function waitingReason({ kind }: Candidate): string {
  return `it was ${{ retired: 'given up', staged: 'staged', orphan: 'written' }[kind]} a short time ago`
}

function keep({ bucket, key }: StoredObject, reason: string, until: Date | null): Kept {
  return { bucket, key, reason, until: until?.toISOString() ?? null }
}

interface Judging extends SweepOptions {
  /** The objects that came on the list by no publication. */
  readonly forged: ReadonlySet<string>
  /** The objects that the base names. */
  readonly named: ReadonlySet<string>
  readonly proposed: Proposed
  readonly now: Date
}

/** Null: it can go. `gone`: it is not there any more. */
async function reasonToKeep(one: Candidate, judging: Judging): Promise<Kept | 'gone' | null> {
  if (judging.named.has(objectId(one))) return keep(one, 'the base names it', null)
  if (judging.forged.has(objectId(one))) return keep(one, 'no publication gave it up', null)
  const references = judging.proposed.find(one)
  const [first] = references
  // It was listed a moment ago, and whose it is does not matter: no need to look at each of many.
  if (one.kind === 'staged' && first?.isOutside === false) {
    return keep(one, `${first.by} may need it`, null)
  }
  const store = judging.open(one.bucket)
  const info = await store.head(one.key, { signal: judging.signal })
  if (info === null) return 'gone'
  for (const reference of references) {
    const until = protection(one, info, reference)
    if (until !== null && until <= judging.now) continue
    return keep(one, `${reference.by} may need it`, until)
  }
  if (info.repository === null && one.kind === 'staged') {
    return keep(one, 'it carries no stamp, so it may be anybody’s', null)
  }
  const stamps = [store.repository, ...judging.config.formerly]
  if (info.repository !== null && !stamps.includes(info.repository)) {
    return keep(one, `it belongs to ${info.repository}`, null)
  }
  // Somebody may have staged it again in the meantime.
  const isFresh = one.kind !== 'retired' && info.modified > one.since
  return isFresh ? keep(one, waitingReason(one), null) : null
}

/** Until when a reference keeps an object; null: as long as it is there. */
export function protection(
  { kind }: Pick<Candidate, 'kind'>,
  { modified }: Pick<ListedObject, 'modified'>,
  { isOutside }: Reference,
): Date | null {
  if (!isOutside) return null
  return kind !== 'staged' ? new Date(0) : new Date(modified.getTime() + outsideMs)
}

/** What the manifest names, published or pending, and what its pending entries wait for. */
function namedBy({ datasets }: Manifest, staging: string): Set<string> {
  return new Set(
    datasets.flatMap((dataset) =>
      dataset.history.flatMap(({ r2_object_key: key, staging_key: staged }) => [
        objectId({ bucket: bucketOf(dataset), key }),
        ...(staged === undefined ? [] : [objectId({ bucket: staging, key: staged })]),
      ]),
    ),
  )
}

function split<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
