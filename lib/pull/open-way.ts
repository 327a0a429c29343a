import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { readFileIdentity } from '../files/file-identity.ts'
import { readFileChunks } from '../files/read-chunks.ts'
import { makeScratch } from '../files/scratch.ts'
import { eachInParallel } from '../store/each-in-parallel.ts'
import { readObject } from '../store/read-object.ts'
import { planSegments, readSegments } from '../store/read-segments.ts'
import { findSize } from '../store/receive-object.ts'
import type { ReadableStore, RequestOptions } from '../store/store.ts'
import { applyDelta } from '../transfer/delta/apply-delta.ts'
import type { Named } from '../transfer/delta/format.ts'
import { nameBroken } from '../transfer/read-form.ts'
import { writeForm } from '../transfer/write-form.ts'
import type { Borrowed, Nearby } from './nearby.ts'
import { readFrames } from './read-frames.ts'
import type { Wanted } from './wanted.ts'
import type { DeltaBase, DeltaStep, ObjectAt } from './ways.ts'

export interface OpenWayOptions extends RequestOptions {
  /** Opens a bucket for reading, by its logical name. */
  readonly open: (bucket: string) => ReadableStore
  readonly nearby: Nearby
  /** Called with the bytes that a request has brought. */
  readonly onReceived: (bytes: number) => void
  readonly onNotice?: ((sentence: string) => void) | undefined
}

/** How many deltas are fetched at the same time. */
const CONCURRENCY = 4
/** How much of a base is asked for at once, in bytes. */
const SEGMENT_BYTES = 8 * 1024 * 1024

/** A database on this machine, as it is: to be hashed. */
export async function* readNearby(
  sha256: string,
  { nearby, signal }: Pick<OpenWayOptions, 'nearby' | 'signal'>,
): AsyncGenerator<Buffer, void, undefined> {
  const borrowed = await borrow(sha256, nearby)
  try {
    yield* readFileChunks(borrowed.path, signal)
  } finally {
    await borrowed.release()
  }
}

async function borrow(sha256: string, nearby: Nearby): Promise<Borrowed> {
  const borrowed = await nearby.borrow(sha256)
  if (borrowed === null) throw new DmError('DM_FILE_MISSING', { file: `${sha256}.sqlite` })
  return borrowed
}

/**
 * The database that a `.zst` in a store is said to be, from a byte of it on; to be hashed.
 *
 * @param bytes size of the database
 * @throws DM_FORM_BROKEN; as `readSegments`
 */
export async function* openCompressed(
  { bucket, key, bytes: known }: ObjectAt,
  bytes: number | undefined,
  start: number,
  options: OpenWayOptions,
): AsyncGenerator<Buffer, void, undefined> {
  if (bytes === undefined) {
    const problem = 'its entry does not say how many bytes the database has'
    throw new DmError('DM_FORM_BROKEN', { form: 'compressed', key, problem })
  }
  const store = options.open(bucket)
  const compressedBytes = known ?? (await findSize(store, { key, bytes: known }, options))
  const content = readFrames({ store, key, compressedBytes, bytes }, start, options)
  yield* nameBroken(content, 'compressed', key)
}

/**
 * The database that deltas make of their base; to be hashed. The deltas are fetched before the base is
 * read: whoever waits for pages of the base keeps no connection waiting.
 *
 * @throws DM_FORM_BROKEN, DM_PULL_BASE, DM_SCRATCH_UNUSABLE; as `readObject`
 */
export async function* openDeltas(
  wanted: Wanted,
  base: DeltaBase,
  steps: readonly [DeltaStep, ...DeltaStep[]],
  options: OpenWayOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { signal } = options
  const scratch = await makeScratch()
  try {
    const fetched = steps.map((step, index) => ({
      ...step,
      file: path.join(scratch.path, `${index}.delta`),
    }))
    await eachInParallel(fetched, CONCURRENCY, signal, ({ object, file }, fetching) =>
      fetchObject(object, file, { ...options, signal: fetching }),
    )
    const { sha256 } = steps[0].from
    let before = { sha256, bytes: await findBaseSize(wanted, base, steps[0], options) }
    let content: AsyncIterable<Buffer> = openBase(wanted, base, before, options)
    for (const { object, to, file } of fetched) {
      const delta = readFileChunks(file, signal)
      const made = applyDelta(content, delta, { base: before, target: to, signal })
      before = to
      content = nameBroken(made, 'delta', object.key)
    }
    yield* content
  } finally {
    await scratch.remove()
  }
}

/** What the deltas begin with. */
async function* openBase(
  wanted: Wanted,
  base: DeltaBase,
  from: Named,
  options: OpenWayOptions,
): AsyncGenerator<Buffer, void, undefined> {
  if (base.kind === 'here') return yield* readNearby(from.sha256, options)
  const { bucket, key } = base.object
  try {
    if (base.kind === 'compressed') {
      yield* openCompressed(base.object, from.bytes, 0, options)
    } else {
      const segments = planSegments(0, from.bytes, SEGMENT_BYTES)
      yield* readSegments(options.open(bucket), key, segments, { ...options, total: from.bytes })
    }
  } catch (error) {
    throw unreadableBase(wanted, bucket, error, options)
  }
}

/** Its size, which an old manifest does not tell. */
async function findBaseSize(
  wanted: Wanted,
  base: DeltaBase,
  { from: { sha256, bytes } }: DeltaStep,
  options: OpenWayOptions,
): Promise<number> {
  if (bytes !== undefined) return bytes
  if (base.kind === 'here') {
    const borrowed = await borrow(sha256, options.nearby)
    try {
      return (await readFileIdentity(borrowed.path)).size
    } finally {
      await borrowed.release()
    }
  }
  const { bucket, key } = base.object
  try {
    return await findSize(options.open(bucket), { key, bytes }, options)
  } catch (error) {
    throw unreadableBase(wanted, bucket, error, options)
  }
}

function unreadableBase(
  { dataset, version }: Wanted,
  bucket: string,
  error: unknown,
  { signal }: OpenWayOptions,
): unknown {
  signal?.throwIfAborted()
  if (!isDmError(error)) return error
  const reason = error.message
  return new DmError('DM_PULL_BASE', { dataset, version, bucket, reason }, { cause: error })
}

/** Brings an object into a new file. */
async function fetchObject(
  { bucket, key, bytes }: ObjectAt,
  file: string,
  { open, signal, onReceived }: OpenWayOptions,
): Promise<void> {
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of readObject(open(bucket), key, { bytes, signal })) {
      onReceived(chunk.length)
      yield chunk
    }
  }
  await writeForm(chunks(), file)
}
