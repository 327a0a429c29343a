import { DmError, isDmError } from '../errors/dm-error.ts'
import { findNearby } from '../pull/nearby.ts'
import { receiveVersion, type Open } from '../pull/receive-version.ts'
import type { Wanted } from '../pull/wanted.ts'
import { objectsOf, planWays, type Way } from '../pull/ways.ts'
import { findSize } from '../store/receive-object.ts'
import type { Stores } from '../store/open-stores.ts'
import type { Cache, Held } from './cache.ts'

export interface BringOptions {
  /** The most that is downloaded, in bytes. */
  readonly most: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** Called with a sentence for the user. */
  readonly onNotice?: ((sentence: string) => void) | undefined
  /** Told how much is downloaded, before a byte of it comes. */
  readonly onDownload?: ((bytes: number) => void) | undefined
}

/**
 * A version's database on this machine: from the cache, else downloaded, verified and kept there.
 *
 * @throws DM_DIFF_TOO_LARGE above `most`; DM_STORE_…, DM_BYTES_RECEIVED_DIFFER, DM_DISK_FULL
 */
export async function bringVersion(
  cache: Cache,
  { openForReading: open }: Pick<Stores, 'openForReading'>,
  wanted: Wanted,
  { most, onDownload, ...options }: BringOptions,
): Promise<Held> {
  const { dataset, version, sha256 } = wanted
  const { signal } = options
  const held = await cache.take(sha256, signal)
  if (held !== null) return held
  const nearby = await findNearby(cache, null)
  const planned = planWays(wanted, nearby.hashes)
  const costs = await Promise.all(planned.map((way) => costOf(open, way, signal)))
  const ways = planned.filter((_, index) => (costs[index] ?? 0) <= most)
  const cost = Math.min(...costs)
  if (ways.length === 0) {
    throw new DmError('DM_DIFF_TOO_LARGE', { dataset, version, bytes: cost, most })
  }
  const bytes = wanted.bytes ?? cost
  onDownload?.(costs.find((one) => one <= most) ?? 0)
  return cache.receive({ sha256, bytes }, (file) =>
    receiveVersion(open, wanted, ways, nearby, file, { ...options, mode: 0o600 }),
  )
}

/** How much a way downloads, in bytes; 0 where what it needs is not to be had: it will say so. */
async function costOf(open: Open, way: Way, signal: AbortSignal | undefined): Promise<number> {
  const sizes = objectsOf(way).map(async ({ bucket, key, bytes }) => {
    try {
      return bytes ?? (await findSize(open(bucket), { key, bytes }, { signal }))
    } catch (error) {
      if (!isDmError(error)) throw error
      return 0
    }
  })
  return (await Promise.all(sizes)).reduce((total, bytes) => total + bytes, 0)
}
