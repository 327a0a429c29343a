import { DmError } from '../errors/dm-error.ts'
import { findVersionSize, receiveVersion } from '../pull/download.ts'
import type { Wanted } from '../pull/wanted.ts'
import type { Stores } from '../store/open-stores.ts'
import type { Cache, Held } from './cache.ts'

export interface BringOptions {
  /** The most that is downloaded, in bytes. */
  readonly most: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** Told the size before a byte of it comes. */
  readonly onDownload?: ((bytes: number) => void) | undefined
}

/**
 * A version's database on this machine: from the cache, else downloaded, verified and kept there.
 *
 * @throws DM_DIFF_TOO_LARGE above `most`; DM_STORE_…, DM_BYTES_RECEIVED_DIFFER, DM_DISK_FULL
 */
export async function bringVersion(
  cache: Cache,
  { openForReading: open }: Stores,
  wanted: Wanted,
  { most, signal, onProgress, onDownload }: BringOptions,
): Promise<Held> {
  const { dataset, version, sha256 } = wanted
  const held = await cache.take(sha256, signal)
  if (held !== null) return held
  const bytes = wanted.bytes ?? (await findVersionSize(open, wanted, signal))
  if (bytes > most) throw new DmError('DM_DIFF_TOO_LARGE', { dataset, version, bytes, most })
  onDownload?.(bytes)
  return cache.receive({ sha256, bytes }, (file) =>
    receiveVersion(open, wanted, file, { signal, onProgress, mode: 0o600 }),
  )
}
