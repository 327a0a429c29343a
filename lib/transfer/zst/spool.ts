import { writeForm, type WrittenForm } from '../write-form.ts'
import { compressZst, type CompressOptions } from './compress.ts'
import { Handoff } from './handoff.ts'

/** Compresses into a file what passes by on its way to somewhere else. */
export interface Spool {
  /**
   * Takes a chunk of the content; it may change once this has returned.
   *
   * @throws what writing the file throws: DM_SCRATCH_UNUSABLE
   */
  readonly write: (chunk: Buffer) => Promise<void>
  /** When all content has been taken: the file, written to its end. */
  readonly end: () => Promise<WrittenForm>
  /** Gives up; the file is left as it is. Does nothing after `end`. */
  readonly abort: () => Promise<void>
}

/** @param path where there is no file yet */
export function createSpool(path: string, options: CompressOptions): Spool {
  const content = new Handoff()
  const written = writeForm(compressZst(content.chunks(), options), path)
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
