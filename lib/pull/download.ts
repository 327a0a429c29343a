import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { isDmError } from '../errors/dm-error.ts'
import { withFile } from '../files/file-identity.ts'
import { hashFile } from '../files/hash-file.ts'
import { pathBeside, replaceFile } from '../files/replace-file.ts'
import { parseStagingKey } from '../manifest/keys.ts'
import { writeFailure } from '../store/partial-file.ts'
import { findSize } from '../store/receive-object.ts'
import type { Cache } from '../transfer/cache.ts'
import { verifyNothingStale, type Destination } from './destination.ts'
import { findNearby, type Nearby } from './nearby.ts'
import {
  isElsewhere,
  type Open,
  type ReceivedVersion,
  receiveVersion,
  type ReceiveVersionOptions,
} from './receive-version.ts'
import type { Wanted } from './wanted.ts'
import { planWays, type Way } from './ways.ts'

export type DownloadOptions = Omit<ReceiveVersionOptions, 'mode'>

/** A version that is at its destination. */
export interface Pulled extends Omit<ReceivedVersion, 'via'> {
  /** How it came; `present`: it was there already. */
  readonly via: 'present' | Way['via']
}

/**
 * Brings a version's bytes to their destination: by what is there or in the cache, where that is another
 * version, and costs least. They are assembled beside it and take its place only when they are all there
 * and have the right hash: an old file survives every failure. Where the file is there already, no bucket
 * is opened.
 *
 * @param openCache called where it is needed
 * @throws DM_DESTINATION_STALE, DM_DESTINATION_UNUSABLE; as `receiveVersion`
 */
export async function download(
  open: Open,
  wanted: Wanted,
  destination: Destination,
  openCache: () => Promise<Cache>,
  options: DownloadOptions = {},
): Promise<Pulled> {
  const found = await lookAround(wanted, destination, openCache, options.signal)
  if ('pulled' in found) return found.pulled
  const file = destination.path
  const partial = pathBeside(file, `${wanted.sha256.slice(0, 8)}.partial`)
  await mkdir(path.dirname(file), { recursive: true }).catch((error: unknown) => {
    throw writeFailure(file, error)
  })
  // What is replaced may be private, and where it only passes, everybody may look.
  const mode = destination.exists || destination.passing ? 0o600 : undefined
  const { ways, nearby } = found
  const received = await receiveVersion(open, wanted, ways, nearby, partial, { ...options, mode })
  // A program may have opened the old database while the new one came.
  await verifyNothingStale(file)
  await replaceFile(partial, file).catch((error: unknown) => {
    throw writeFailure(file, error)
  })
  return received
}

/** What `download` would do: read-only. */
export async function planDownload(
  open: Open,
  wanted: Wanted,
  destination: Destination,
  openCache: () => Promise<Cache>,
  signal?: AbortSignal,
): Promise<Pulled> {
  const found = await lookAround(wanted, destination, openCache, signal)
  if ('pulled' in found) return found.pulled
  const bytes = await findVersionSize(open, wanted, signal)
  return { bytes, receivedBytes: 0, via: found.ways[0]?.via ?? 'whole' }
}

/** The size of a version, in bytes, which is to be had. */
async function findVersionSize(open: Open, wanted: Wanted, signal?: AbortSignal): Promise<number> {
  const failures: unknown[] = []
  for (const { bucket, key } of wanted.places) {
    const isWhole = (parseStagingKey(key)?.form ?? 'whole') === 'whole'
    const bytes = isWhole ? wanted.bytes : undefined
    try {
      const found = await findSize(open(bucket), { key, bytes }, { signal })
      return wanted.bytes ?? found
    } catch (error) {
      if (!isDmError(error) || !isElsewhere(error)) throw error
      failures.push(error)
    }
  }
  throw failures[0]
}

/** What is at the destination, and what the version can be made of. */
async function lookAround(
  wanted: Wanted,
  { path: file, exists }: Destination,
  openCache: () => Promise<Cache>,
  signal: AbortSignal | undefined,
): Promise<{ pulled: Pulled } | { ways: readonly Way[]; nearby: Nearby }> {
  const present = exists ? await withFile(file, (opened) => hashFile(opened, { signal })) : null
  if (present !== null && present.sha256 === wanted.sha256) {
    return { pulled: { bytes: present.bytes, receivedBytes: 0, via: 'present' } }
  }
  const nearby = await findNearby(await openCache(), present)
  return { ways: planWays(wanted, nearby.hashes), nearby }
}
