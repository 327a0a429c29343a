import { type Base, fetchBase } from '../base/base.ts'
import { findForged } from '../base/find-forged.ts'
import { readRetired } from '../base/read-retired.ts'
import { readProposed } from '../base/references.ts'
import { datasetBuckets } from '../config/buckets.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { deepen } from '../git/deepen.ts'
import { findFile } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import { companionOf } from '../manifest/keys.ts'
import { objectId, type RetiredList } from '../manifest/retired.ts'
import type { Manifest } from '../manifest/types.ts'
import type { Store } from '../store/store.ts'
import { findOwnOrphans } from './hold-against-buckets.ts'
import { takeInventory } from './inventory.ts'
import {
  basesOfDeltas,
  type Judging,
  keep,
  type Kept,
  namedBy,
  reasonToKeep,
  waitingReason,
} from './reason-to-keep.ts'
import {
  type Candidate,
  dueDate,
  findCandidates,
  type StoredObject,
  tellOthers,
} from './sweep-candidates.ts'

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
  const needed = basesOfDeltas(base.manifest, retired.list)
  const judging: Judging = { ...options, forged, named, needed, proposed, now }
  const removed: StoredObject[] = []
  for (const one of due) {
    signal.throwIfAborted()
    let current = one
    try {
      const reason = await reasonToKeep(one, judging)
      if (reason === 'gone') continue
      if (reason !== null) {
        kept.push(reason)
        continue
      }
      // What lies beside it first: of a run that is killed in between, the next one comes here again.
      for (current of [...(await findBeside(one, judging)), one]) {
        const other = current === one ? null : await reasonToKeep(current, judging)
        if (other === 'gone') continue
        if (other !== null) {
          kept.push(other)
          // Somebody works on it now.
          if (current.kind === 'orphan' && current.due > now) break
          continue
        }
        if (!isDryRun) await options.open(current.bucket).remove(current.key, { signal })
        removed.push({ bucket: current.bucket, key: current.key })
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!isDmError(error)) throw error
      const { bucket, key } = current
      notice(new DmError('DM_SWEEP_FAILED', { bucket, key, reason: error.message }))
    }
  }
  return { removed, kept }
}

/** The companions of an object that is to go, as they are listed now. */
async function findBeside(
  { kind, bucket, key }: Candidate,
  { open, config, signal }: Judging,
): Promise<Candidate[]> {
  if (kind === 'staged') return []
  const found: Candidate[] = []
  for await (const { key: other, modified } of open(bucket).list(`${key}.`, { signal })) {
    if (companionOf(other)?.key !== key) continue
    const due = dueDate(kind, modified, config)
    found.push({ kind, bucket, key: other, since: modified, due })
  }
  return found
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

function split<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
