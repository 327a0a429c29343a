import type { Environment } from '../config/define-config.ts'
import { compareFiles } from '../diff/compare-files.ts'
import type { DatabaseDiff } from '../diff/types.ts'
import { withVerified } from '../diff/verify-still.ts'
import { type DmError, isDmError } from '../errors/dm-error.ts'
import { findDataset } from '../manifest/lookup.ts'
import type { ProposedItem } from '../manifest/proposed-items.ts'
import { latestPublished } from '../manifest/status.ts'
import type { Manifest } from '../manifest/types.ts'
import { chooseWanted } from '../pull/wanted.ts'
import type { Stores } from '../store/open-stores.ts'
import { bringVersion } from '../transfer/bring-version.ts'
import type { Cache } from '../transfer/cache.ts'

export interface DataComparison {
  readonly items: readonly ProposedItem[]
  readonly base: Manifest
  /** The proposed manifest. */
  readonly after: Manifest
  readonly stores: Stores
  readonly cache: Cache
  /** Logical name of the staging bucket. */
  readonly staging: string
  /** The most that is downloaded of one version, in bytes. */
  readonly most: number
  readonly env: Environment
  readonly signal: AbortSignal
  readonly report: (progress: { readonly done: number; readonly total: number }) => void
  readonly dispose: (cleanUp: () => void | Promise<void>) => void
  /** Told of each version that could not be compared, and why. */
  readonly notice: (failure: DmError) => void
}

/**
 * How the bytes of each proposed version differ from those of the latest published one, by
 * `<dataset> <version>`. What cannot be compared is left out and told: nobody then knows what it
 * changes.
 */
export async function compareData(
  comparison: DataComparison,
): Promise<ReadonlyMap<string, DatabaseDiff>> {
  const { items, base, notice, signal } = comparison
  const diffs = new Map<string, DatabaseDiff>()
  for (const { kind, dataset, entry } of items) {
    if (entry === null || !['upload', 'rollback'].includes(kind)) continue
    const known = findDataset(base, dataset.fileName)
    const former = known && latestPublished(known)
    if (former === undefined) continue
    const name = `${dataset.fileName} ${entry.version}`
    try {
      diffs.set(
        name,
        await compareOne(dataset.fileName, [former.version, entry.version], comparison),
      )
    } catch (error) {
      signal.throwIfAborted()
      if (!isDmError(error)) throw error
      notice(error)
    }
  }
  return diffs
}

async function compareOne(
  dataset: string,
  [former, version]: readonly [former: string, version: string],
  { base, after, stores, cache, staging, most, ...options }: DataComparison,
): Promise<DatabaseDiff> {
  const { env, signal, report, dispose } = options
  const bring = async (
    manifest: Manifest,
    one: string,
  ): Promise<{ path: string; label: string }> => {
    const name = `${dataset}@${one}`
    const wanted = chooseWanted({ manifest, name, version: undefined, staging, proposed: true })
    const onProgress = (done: number, total: number): void => report({ done, total })
    const held = await bringVersion(cache, stores, wanted, { most, signal, onProgress })
    dispose(held.release)
    return { path: held.path, label: `${dataset} ${one}` }
  }
  const [old, now] = [await bring(base, former), await bring(after, version)]
  const { diff } = await withVerified([old.path, now.path], () =>
    compareFiles(old, now, { env, signal, report }, dispose),
  )
  return diff
}
