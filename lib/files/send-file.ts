import { DmError } from '../errors/dm-error.ts'
import { withFile } from './file-identity.ts'
import { readChunks } from './read-chunks.ts'

/** Takes bytes; resolves when there is room for more. */
export type Sink = (bytes: Uint8Array) => Promise<void>

/**
 * Sends a file's bytes. A reader that goes away has had enough.
 *
 * @throws DM_OUTPUT_LOST, DM_FILE_…; the signal's reason when aborted
 */
export function sendFile(file: string, sink: Sink, signal: AbortSignal): Promise<void> {
  return withFile(file, async ({ handle, path }) => {
    // A reader may stop reading for ever.
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    aborted.catch(() => undefined)
    for await (const chunk of readChunks(handle, path, signal)) {
      const isGone = await Promise.race([sink(chunk).catch(toLoss), aborted])
      if (isGone) return
    }
  })
}

function toLoss(error: unknown): true {
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return true
  const reason = error instanceof Error ? error.message : String(error)
  throw new DmError('DM_OUTPUT_LOST', { reason }, { cause: error })
}
