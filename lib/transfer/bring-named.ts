import type { Project } from '../config/open-project.ts'
import type { NamedDatabase } from '../diff/compare-files.ts'
import { formatBytes } from '../format/units.ts'
import type { StepContext } from '../graph/step.ts'
import type { Wanted } from '../pull/wanted.ts'
import type { Stores } from '../store/open-stores.ts'
import { bringVersion } from './bring-version.ts'
import { openCache } from './cache.ts'

/** Brings a version here, to be compared; it stays until the run is over. */
export type Bring = (wanted: Wanted) => Promise<NamedDatabase>

/** What a run has here already, by its hash: without a cache it would be downloaded again for each step. */
const brought = new WeakMap<Stores, Map<string, string>>()

/**
 * Brings versions here for a step, from the cache where they are there: what is downloaded is told, and
 * no more than the config allows.
 *
 * @param most what is downloaded of a version at most, in bytes; default: what is spent on comparing it
 * @returns what throws as `bringVersion`
 */
export async function openBringing(
  { config, env }: Pick<Project, 'config' | 'env'>,
  stores: Stores,
  { signal, report, notice, dispose }: StepContext,
  most: number = config.diff.maxDownload,
): Promise<Bring> {
  const cache = await openCache(env, config.cache.size)
  const known = brought.get(stores) ?? new Map<string, string>()
  brought.set(stores, known)
  return async (wanted) => {
    const label = `${wanted.dataset} ${wanted.version}`
    const path = known.get(wanted.sha256)
    if (path !== undefined) return { path, label }
    const held = await bringVersion(cache, stores, wanted, {
      most,
      signal,
      onProgress: (done, total) => report({ done, total }),
      onNotice: notice,
      onDownload: (bytes) => notice(`${label} is not here: downloading ${formatBytes(bytes)}.`),
    })
    dispose(held.release)
    known.set(wanted.sha256, held.path)
    return { path: held.path, label }
  }
}
