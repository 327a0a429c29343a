import { DmError } from '../errors/dm-error.ts'
import { isRangeIgnored } from '../store/range.ts'
import { readOn } from '../store/read-object.ts'
import { readSegments, type Segment } from '../store/read-segments.ts'
import type { ObjectBody, ReadableStore, RequestOptions } from '../store/store.ts'
import { BrokenForm } from '../transfer/broken-form.ts'
import { readCompressed } from '../transfer/read-form.ts'
import { decompressFrames } from '../transfer/zst/decompress.ts'
import { FRAME_BYTES, type ZstFrame } from '../transfer/zst/format.ts'
import { readSeekTable, seekTableBytes } from '../transfer/zst/seek-table.ts'

/** Smaller ones are not worth a request for their table. */
const PLAIN_BYTES = 1024 * 1024
/** About how much is asked for at once, in bytes. */
const SEGMENT_BYTES = 4 * 1024 * 1024
/** Of a database of 16 TiB; a manifest may claim any size. */
const MOST_TABLE_BYTES = 128 * 1024 * 1024

export interface CompressedObject {
  readonly store: ReadableStore
  readonly key: string
  /** Its size in bytes. */
  readonly compressedBytes: number
  /** Size of its content. */
  readonly bytes: number
}

export interface ReadFramesOptions extends RequestOptions {
  /** Called with the bytes that a request has brought. */
  readonly onReceived: (bytes: number) => void
  /** Called with a sentence for the user. */
  readonly onNotice?: ((sentence: string) => void) | undefined
}

/**
 * The content of a `.zst` in a store, from a byte of it on, by ranges that are fetched several at a time.
 * Whatever lies there, no more than `bytes` of it, in bounded memory; to be hashed.
 *
 * @throws BrokenForm; as `readSegments`
 */
export async function* readFrames(
  object: CompressedObject,
  start: number,
  options: ReadFramesOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const frames = await readTable(object, options)
  if (frames === null) {
    const { onReceived, signal } = options
    const onRead = (chunk: Buffer): void => onReceived(chunk.length)
    const whole = { ...object, bytes: object.compressedBytes }
    return yield* skip(readCompressed(whole, object.bytes, { signal, onRead }), start)
  }
  const first = Math.floor(start / FRAME_BYTES)
  const rest = frames.slice(first)
  const { store, key, compressedBytes: total } = object
  const chunks = readSegments(store, key, planFrames(rest), { ...options, total })
  yield* skip(decompressFrames(chunks, rest, options), start - first * FRAME_BYTES)
}

/** The frames; null: the object is so small that it is read in one go, or its server ignores ranges. */
async function readTable(
  { store, key, compressedBytes: total, bytes }: CompressedObject,
  { signal, onReceived, onNotice }: ReadFramesOptions,
): Promise<readonly ZstFrame[] | null> {
  if (total <= PLAIN_BYTES) return null
  const size = seekTableBytes(bytes)
  if (size > Math.min(total, MOST_TABLE_BYTES)) {
    throw new BrokenForm(`${total} bytes are none of a database of ${bytes} bytes`)
  }
  const place = { location: store.location, key }
  const open = async (start: number): Promise<ObjectBody> => {
    const body = await store.open(key, { start, end: total - 1, exact: true, signal })
    if ((body.total ?? total) === total) return body
    body.destroy()
    const problem = `it has ${body.total} bytes instead of ${total}`
    throw new DmError('DM_STORE_MISMATCH', { ...place, problem })
  }
  const chunks: Buffer[] = []
  try {
    for await (const chunk of readOn(place, open, { start: total - size, end: total, signal })) {
      onReceived(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    if (!isRangeIgnored(error)) throw error
    onNotice?.(`${store.location} ignores ranges: reading '${key}' in one go.`)
    return null
  }
  return readSeekTable(Buffer.concat(chunks), { compressedBytes: total, bytes })
}

/** Frames that follow each other, as segments of about one size. */
function planFrames(frames: readonly ZstFrame[]): Segment[] {
  const segments: { start: number; bytes: number }[] = []
  for (const { start, compressedBytes } of frames) {
    const last = segments.at(-1)
    if (last === undefined || last.bytes >= SEGMENT_BYTES) {
      segments.push({ start, bytes: compressedBytes })
    } else {
      last.bytes += compressedBytes
    }
  }
  return segments
}

async function* skip(
  chunks: AsyncIterable<Buffer>,
  bytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let left = bytes
  for await (const chunk of chunks) {
    const rest = chunk.subarray(Math.min(left, chunk.length))
    left -= chunk.length - rest.length
    if (rest.length > 0) yield rest
  }
}
