import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { isDmError } from '../errors/dm-error.ts'
import { withFile } from '../files/file-identity.ts'
import { hashFile } from '../files/hash-file.ts'
import { pathBeside, replaceFile } from '../files/replace-file.ts'
import { REFUSALS } from '../store/open-stores.ts'
import { writeFailure } from '../store/partial-file.ts'
import {
  type ExpectedObject,
  findSize,
  receiveObject,
  type ReceiveOptions,
  type Received,
} from '../store/receive-object.ts'
import type { ReadableStore } from '../store/store.ts'
import { verifyNothingStale, type Destination } from './destination.ts'
import type { Wanted } from './wanted.ts'

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** A version that is at its destination. */
export interface Pulled extends Received {
  /** How it came: it was there already, or the whole database was received. */
  readonly via: 'present' | 'whole'
}

/** Opens a bucket for reading, by its logical name. */
type Open = (bucket: string) => ReadableStore

/**
 * Brings a version's bytes to their destination. They are received beside it and take its place only
 * when they are all there and have the right hash: an old file survives every failure. Where the file
 * is there already, no bucket is opened.
 *
 * @throws DM_DESTINATION_STALE, DM_DESTINATION_UNUSABLE; as `receiveObject`
 */
export async function download(
  open: Open,
  wanted: Wanted,
  destination: Destination,
  options: DownloadOptions = {},
): Promise<Pulled> {
  const present = await findPresent(wanted, destination, options.signal)
  if (present !== null) return present
  const file = destination.path
  const partial = pathBeside(file, `${wanted.sha256.slice(0, 8)}.partial`)
  await mkdir(path.dirname(file), { recursive: true }).catch((error: unknown) => {
    throw writeFailure(file, error)
  })
  // What is replaced may be private, and where it only passes, everybody may look.
  const mode = destination.exists || destination.passing ? 0o600 : undefined
  const received = await receiveVersion(open, wanted, partial, { ...options, mode })
  // A program may have opened the old database while the new one came.
  await verifyNothingStale(file)
  await replaceFile(partial, file).catch((error: unknown) => {
    throw writeFailure(file, error)
  })
  return { ...received, via: 'whole' }
}

/** What `download` would do: read-only. */
export async function planDownload(
  open: Open,
  wanted: Wanted,
  destination: Destination,
  signal?: AbortSignal,
): Promise<Pulled> {
  const present = await findPresent(wanted, destination, signal)
  if (present !== null) return present
  const bytes = await findVersionSize(open, wanted, signal)
  return { bytes, receivedBytes: 0, via: 'whole' }
}

/** As `receiveObject`, from the first place that has the version. */
export function receiveVersion(
  open: Open,
  wanted: Wanted,
  file: string,
  options: ReceiveOptions,
): Promise<Received> {
  return whereItIs(open, wanted, (store, object) => receiveObject(store, object, file, options))
}

/** The size of a version, in bytes, as the first place says that has it. */
export function findVersionSize(open: Open, wanted: Wanted, signal?: AbortSignal): Promise<number> {
  return whereItIs(open, wanted, (store, object) => findSize(store, object, { signal }))
}

/** How a place says that the bytes are not there, or not for this reader. */
const elsewhere: ReadonlySet<string> = new Set([
  ...REFUSALS,
  'DM_STORE_NOT_FOUND',
  'DM_STORE_NO_BUCKET',
  'DM_UNKNOWN_BUCKET',
])

/** Tries the places in their order; where none has it, the first says why. */
async function whereItIs<Result>(
  open: Open,
  { places, sha256, bytes }: Wanted,
  work: (store: ReadableStore, object: ExpectedObject) => Promise<Result>,
): Promise<Result> {
  const failures: unknown[] = []
  for (const { bucket, key } of places) {
    try {
      return await work(open(bucket), { key, sha256, bytes })
    } catch (error) {
      if (!isDmError(error) || !elsewhere.has(error.code)) throw error
      failures.push(error)
    }
  }
  throw failures[0]
}

async function findPresent(
  { sha256 }: Wanted,
  { path: file, exists }: Destination,
  signal: AbortSignal | undefined,
): Promise<Pulled | null> {
  if (!exists) return null
  const present = await withFile(file, (opened) => hashFile(opened, { signal }))
  if (present.sha256 !== sha256) return null
  return { bytes: present.bytes, receivedBytes: 0, via: 'present' }
}
