import { fetchTip } from '../base/base.ts'
import { readRetired } from '../base/read-retired.ts'
import { readProposed } from '../base/references.ts'
import { datasetBuckets } from '../config/buckets.ts'
import { DmError } from '../errors/dm-error.ts'
import { findOwnOrphans } from './hold-against-buckets.ts'
import { takeInventory } from './inventory.ts'
import type { SweepOptions } from './sweep.ts'
import { day, type StoredObject } from './sweep-candidates.ts'

/**
 * Removes the objects of this data repository that neither the base nor what is proposed nor the list
 * of what was given up names, and that are older than the retention, but no younger than a day. Asked
 * for only by somebody who has looked: an entry that vanished by mistake leaves such an object.
 *
 * @param isDryRun removes nothing; what is returned is what would be
 * @throws DM_STORE_…, DM_RETIRED_UNEXPLAINED where the list cannot be relied upon
 */
export async function removeOrphans(
  { repository, config, staging, open, signal, notice }: SweepOptions,
  isDryRun: boolean,
): Promise<StoredObject[]> {
  const { manifest: path, formerly } = config
  const base = await fetchTip(repository, path, signal)
  const { commit, manifest } = base
  if (commit === null) return []
  const retired = await readRetired(repository, commit, path, signal)
  if (retired.problem !== null) throw retired.problem
  const inventory = await takeInventory(manifest, datasetBuckets(config), open, signal, true)
  const owners = { formerly, open, signal, most: Infinity }
  const { orphans } = await findOwnOrphans(manifest, retired.list, inventory, owners)
  if (orphans.length === 0) return []
  const context = { path, staging: config.staging }
  const proposed = await readProposed(repository, { ...base, commit }, context, signal)
  for (const { by } of proposed.unreadable) {
    notice(new DmError('DM_REFERENCE_UNREADABLE', { by, path }))
  }
  const before = (await staging.now({ signal })).getTime() - Math.max(config.retentionMs, day)
  const removed: StoredObject[] = []
  for (const { bucket, key, info } of orphans) {
    signal.throwIfAborted()
    // Whoever proposes a rollback names the object of another version.
    const isWanted = proposed.find({ bucket, key }).some(({ isOutside }) => !isOutside)
    if (isWanted || info.modified.getTime() > before) continue
    if (!isDryRun) await open(bucket).remove(key, { signal })
    removed.push({ bucket, key })
  }
  return removed
}
