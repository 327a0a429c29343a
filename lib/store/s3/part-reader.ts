import { createHash } from 'node:crypto'
import { DmError } from '../../errors/dm-error.ts'
import type { ByteSource } from '../byte-source.ts'
import type { PartBuffers } from './part-buffers.ts'
import type { Part } from './transfer.ts'

/** A part of a source, in memory until it is released. */
export interface ReadPart {
  readonly bytes: Buffer
  readonly md5: Buffer
  readonly release: () => void
}

/** Reads a source once and in order, part by part. */
export interface PartReader {
  /**
   * Reads the next part; of those who ask at the same time each gets its own, in the order in which they
   * asked. Waits for memory.
   *
   * @throws DM_FILE_CHANGED where the source is shorter or longer than it said; what the source throws
   */
  readonly next: (part: Part) => Promise<ReadPart>
  /** Reads the next part before its turn: `next` gives it then. Does not wait for memory. */
  readonly ahead: (part: Part) => Promise<ReadPart>
  /** Ends the reading with this reason. */
  readonly stop: (reason: unknown) => void
  /** Gives back what the source holds. */
  readonly close: () => Promise<void>
}

/** The source is opened by the first reading. */
export function createPartReader(
  source: ByteSource,
  buffers: PartBuffers,
  signal: AbortSignal | undefined,
): PartReader {
  const stopped = new AbortController()
  const signals = signal === undefined ? [stopped.signal] : [signal, stopped.signal]
  const reading = AbortSignal.any(signals)
  const held = new Map<number, ReadPart>()
  let chunks: AsyncIterator<Buffer> | undefined
  let rest: Buffer = Buffer.alloc(0)
  let turn: Promise<unknown> = Promise.resolve()

  const nextChunk = async (): Promise<Buffer | null> => {
    reading.throwIfAborted()
    chunks ??= source.open(reading)[Symbol.asyncIterator]()
    const { done, value } = await chunks.next()
    return done === true ? null : value
  }
  const changed = (): DmError => new DmError('DM_FILE_CHANGED', { file: source.name })

  const read = async ({ start, bytes: size }: Part, buffer: Buffer): Promise<Buffer> => {
    const hash = createHash('md5')
    let done = 0
    while (done < size) {
      if (rest.length === 0) {
        const chunk = await nextChunk()
        if (chunk === null) throw changed()
        rest = chunk
      }
      const copied = rest.copy(buffer, done, 0, size - done)
      hash.update(buffer.subarray(done, done + copied))
      rest = rest.subarray(copied)
      done += copied
    }
    // A source knows that all of it was read when it was asked for more.
    while (start + size === source.bytes && rest.length === 0) {
      const chunk = await nextChunk()
      if (chunk === null) return hash.digest()
      rest = chunk
    }
    if (start + size === source.bytes) throw changed()
    return hash.digest()
  }

  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    // After one that failed none is in order.
    const mine = turn.then(work)
    turn = mine
    return mine
  }

  return {
    next: (part) =>
      inTurn(async () => {
        const before = held.get(part.number)
        if (before !== undefined) {
          held.delete(part.number)
          return before
        }
        const buffer = await buffers.take(part.bytes, reading)
        const release = (): void => buffers.give(buffer)
        try {
          const md5 = await read(part, buffer)
          return { bytes: buffer.subarray(0, part.bytes), md5, release }
        } catch (error) {
          release()
          throw error
        }
      }),
    ahead: (part) =>
      inTurn(async () => {
        const bytes = Buffer.allocUnsafeSlow(part.bytes)
        const md5 = await read(part, bytes)
        const one = { bytes, md5, release: () => undefined }
        held.set(part.number, one)
        return one
      }),
    stop: (reason) => stopped.abort(reason),
    async close() {
      stopped.abort()
      await chunks?.return?.()
    },
  }
}
