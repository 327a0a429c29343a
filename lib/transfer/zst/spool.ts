import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { writeFailure, writeFully } from '../../store/partial-file.ts'
import { compressZst, type CompressOptions } from './compress.ts'
import { Handoff } from './handoff.ts'

/** A `.zst` in a file of this machine. */
export interface Spooled {
  readonly path: string
  /** Of the `.zst` itself: 64 lower-case hex digits. */
  readonly sha256: string
  /** Its size in bytes. */
  readonly bytes: number
}

/** Compresses into a file what passes by on its way to somewhere else. */
export interface Spool {
  /**
   * Takes a chunk of the content; it may change once this has returned.
   *
   * @throws what writing the file throws: DM_DISK_FULL, DM_DESTINATION_UNUSABLE
   */
  readonly write: (chunk: Buffer) => Promise<void>
  /** When all content has been taken: the file, written to its end. */
  readonly end: () => Promise<Spooled>
  /** Gives up; the file is left as it is. Does nothing after `end`. */
  readonly abort: () => Promise<void>
}

/** @param path where there is no file yet */
export function createSpool(path: string, options: CompressOptions): Spool {
  const content = new Handoff()
  const written = writeZst(path, content.chunks(), options)
  // It is heard of with the next chunk, or at the end.
  written.catch(() => undefined)
  return {
    write: (chunk) => Promise.race([content.give(chunk), written.then(() => undefined)]),
    end() {
      content.end()
      return written
    },
    async abort() {
      content.fail(new Error('the spool is given up'))
      await written.catch(() => undefined)
    },
  }
}

async function writeZst(
  path: string,
  content: AsyncIterable<Buffer>,
  options: CompressOptions,
): Promise<Spooled> {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw writeFailure(path, error)
  })
  try {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of compressZst(content, options)) {
      const writing = writeFully(handle, chunk, bytes).catch((error: unknown) => {
        throw writeFailure(path, error)
      })
      hash.update(chunk)
      await writing
      bytes += chunk.length
    }
    return { path, sha256: hash.digest('hex'), bytes }
  } finally {
    await handle.close()
  }
}
