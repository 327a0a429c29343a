import { Readable } from 'node:stream'
import { DmError } from '../errors/dm-error.ts'
import { freeBuffer } from '../files/free-buffer.ts'
import { cut, isRangeIgnored } from './range.ts'
import { readOn } from './read-object.ts'
import type { ObjectBody, OpenOptions, ReadableStore, RequestOptions } from './store.ts'

/** A range of an object. */
export interface Segment {
  /** The first byte. */
  readonly start: number
  /** How many. */
  readonly bytes: number
}

export interface ReadSegmentsOptions extends RequestOptions {
  /** How many are fetched at the same time; default 4. */
  readonly concurrency?: number | undefined
  /** The size of the object in bytes, where it is known: one of another size is refused. */
  readonly total?: number | undefined
  /** Called with the bytes that a request has brought. */
  readonly onReceived?: ((bytes: number) => void) | undefined
  /** Called with a sentence for the user. */
  readonly onNotice?: ((sentence: string) => void) | undefined
}

const CONCURRENCY = 4
/** So much of a segment is given as soon as it is there, in bytes. */
const PIECE_BYTES = 1024 * 1024

/** Cuts what lies between two bytes into segments of one size but for the last. */
export function planSegments(start: number, end: number, segmentBytes: number): Segment[] {
  return Array.from({ length: Math.ceil((end - start) / segmentBytes) }, (_, index) => {
    const first = start + index * segmentBytes
    return { start: first, bytes: Math.min(segmentBytes, end - first) }
  })
}

/**
 * The bytes of ranges of an object, which are fetched several at a time and given in order. One that
 * breaks is continued where it broke. All of them are of one object: one that is replaced meanwhile is
 * refused, where the server tells. Where it ignores ranges, the object is read in one go.
 *
 * @param segments ascending, none overlapping another
 * @returns pieces of segments, never of two; valid until the next one is asked for
 * @throws as `readObject`; DM_STORE_MISMATCH where the object is another than before, or of another
 *   size; all that came before the failure has been given
 */
export async function* readSegments(
  store: ReadableStore,
  key: string,
  segments: readonly Segment[],
  options: ReadSegmentsOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const { concurrency = CONCURRENCY, signal } = options
  const stopped = new AbortController()
  const signals = signal === undefined ? [stopped.signal] : [signal, stopped.signal]
  const fetching = AbortSignal.any(signals)
  const open = opener(store, key, options.total)
  const largest = segments.reduce((most, { bytes }) => Math.max(most, bytes), 0)
  const place = { location: store.location, key }
  const free: Buffer[] = []
  const window: Fetch[] = []
  let begun = 0
  let active = 0

  const begin = (): void => {
    // One more than are fetched: while one is used, the next may come.
    while (active < concurrency && window.length <= concurrency && !fetching.aborted) {
      const segment = segments[begun]
      if (segment === undefined) return
      begun++
      active++
      const buffer = free.pop() ?? Buffer.allocUnsafeSlow(largest)
      const [first, end] = [segment.start, segment.start + segment.bytes]
      const range = { end: end - 1, exact: true, signal: fetching }
      const openAt = (start: number): Promise<Readable> => open({ start, ...range })
      const read = readOn(place, openAt, { start: first, end, signal: fetching })
      window.push(
        fetchInto(buffer, read, options.onReceived, () => {
          active--
          begin()
        }),
      )
    }
  }

  try {
    begin()
    for (let index = 0; index < segments.length; index++) {
      const head = window[0]
      if (head === undefined) return
      let given = 0
      try {
        for await (const piece of head.give()) {
          given += piece.length
          yield piece
        }
      } catch (error) {
        if (!isRangeIgnored(error)) throw error
        stopped.abort()
        options.onNotice?.(`${store.location} ignores ranges: reading '${key}' in one go.`)
        yield* readInOne(place, open, withoutFirst(given, segments.slice(index)), options)
        return
      }
      window.shift()
      free.push(head.buffer)
      begin()
    }
  } finally {
    stopped.abort()
    await Promise.all(window.map(({ over }) => over))
  }
}

/** What opens an object; throws where another one lies there than before, or one of another size. */
function opener(
  store: ReadableStore,
  key: string,
  total: number | undefined,
): (options: OpenOptions) => Promise<Readable> {
  let seen: string | undefined
  const findProblem = (body: ObjectBody): string | null => {
    if (total !== undefined && (body.total ?? total) !== total) {
      return `it has ${body.total} bytes instead of ${total}`
    }
    seen ??= body.version
    return (body.version ?? seen) === seen ? null : 'it was replaced while it was read'
  }
  return async (options) => {
    const body = await store.open(key, options)
    const problem = findProblem(body)
    if (problem === null) return body
    body.destroy()
    throw new DmError('DM_STORE_MISMATCH', { location: store.location, key, problem })
  }
}

/** A segment on its way into memory. */
interface Fetch {
  readonly buffer: Buffer
  /** What of it is there, from its first byte on, as it comes. */
  readonly give: () => AsyncGenerator<Buffer, void, undefined>
  /** When nothing more comes. */
  readonly over: Promise<void>
}

function fetchInto(
  buffer: Buffer,
  chunks: AsyncIterable<Buffer>,
  onReceived: ((bytes: number) => void) | undefined,
  onOver: () => void,
): Fetch {
  const state: { filled: number; isOver: boolean; failure?: { error: unknown }; wake: () => void } =
    { filled: 0, isOver: false, wake: () => undefined }
  const fill = async (): Promise<void> => {
    for await (const chunk of chunks) {
      state.filled += chunk.copy(buffer, state.filled)
      onReceived?.(chunk.length)
      freeBuffer(chunk, chunk.length)
      state.wake()
    }
  }
  const run = async (): Promise<void> => {
    try {
      await fill()
    } catch (error) {
      state.failure = { error }
    }
    state.isOver = true
    onOver()
    state.wake()
  }
  const over = run()
  return {
    buffer,
    over,
    async *give() {
      let at = 0
      for (;;) {
        while (!state.isOver && state.filled - at < PIECE_BYTES) {
          await new Promise<void>((resolve) => (state.wake = resolve))
        }
        const until = state.filled
        if (until > at) {
          yield buffer.subarray(at, until)
          at = until
        } else if (state.isOver) {
          if (state.failure !== undefined) throw state.failure.error
          return
        }
      }
    },
  }
}

/** Less what was given of the first one: a server may begin to ignore ranges where it was asked again. */
function withoutFirst(given: number, [first, ...others]: readonly Segment[]): readonly Segment[] {
  if (first === undefined) return []
  return [{ start: first.start + given, bytes: first.bytes - given }, ...others]
}

/** The same by a single request for the whole object: what lies before the first segment is received too. */
async function* readInOne(
  place: { readonly location: string; readonly key: string },
  open: ReturnType<typeof opener>,
  segments: readonly Segment[],
  { total, signal, onReceived }: ReadSegmentsOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const start = segments[0]?.start ?? 0
  const end = segments.reduce((_, segment) => segment.start + segment.bytes, start)
  // Where the last byte is wanted, one more than that is one too many.
  const last = end === total ? undefined : end - 1
  const openAt = async (offset: number): Promise<Readable> =>
    Readable.from(cut(await open({ signal }), offset, last), { objectMode: false })
  const chunks = readOn(place, openAt, { start, end, signal })
  let offset = start
  const wanted = segments.values()
  let segment = wanted.next().value
  for await (let chunk of chunks) {
    onReceived?.(chunk.length)
    while (chunk.length > 0 && segment !== undefined) {
      const skipped = Math.min(chunk.length, Math.max(0, segment.start - offset))
      const piece = chunk.subarray(
        skipped,
        skipped + segment.start + segment.bytes - (offset + skipped),
      )
      offset += skipped + piece.length
      chunk = chunk.subarray(skipped + piece.length)
      if (piece.length > 0) yield piece
      if (offset === segment.start + segment.bytes) segment = wanted.next().value
    }
  }
}
