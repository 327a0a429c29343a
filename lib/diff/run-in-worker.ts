import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { ErrorCode } from '../errors/definitions.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'

/** What blocks its thread has one of its own. */
export interface WorkerOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: ((progress: Progress) => void) | undefined
}

/** In bytes, or in words. */
export type Progress = string | { readonly done: number; readonly total: number }

/** A failure in a worker that is none of the catalogue. */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure'
  /** SQLite's code; null: it was not SQLite. */
  readonly errcode: number | null

  constructor(message: string, errcode: number | null) {
    super(message)
    this.errcode = errcode
  }
}

type Message =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failure'; readonly message: string; readonly errcode: number | null }
  /** One of the catalogue: its code and its context. */
  | { readonly kind: 'dm'; readonly code: ErrorCode; readonly context: object }

/** So long a thread that is stopped is waited for, in milliseconds: a call of SQLite cannot be interrupted. */
const PATIENCE_MS = 300

const threads = new Set<Worker>()

/** Whether there is a thread that is not gone yet: node would wait for it before it ends. */
export function hasThreads(): boolean {
  return threads.size > 0
}

/**
 * Runs a file that calls `serveWorker`, in a thread of its own.
 *
 * @param entry its address
 * @throws what it throws that is of the catalogue; WorkerFailure; the signal's reason
 */
export async function runInWorker<Result>(
  entry: URL,
  task: unknown,
  { signal, report }: WorkerOptions,
): Promise<Result> {
  signal?.throwIfAborted()
  // What millions of rows leave is collected early: 190 MB become 145, for a tenth more time. The limits
  // of a worker cannot do that, since one value may take more than they would allow for all.
  setFlagsFromString('--optimize-for-size')
  const worker = new Worker(entry, {
    workerData: task,
    // Rows are garbage at once: with room for them, nothing would be collected for long.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  })
  threads.add(worker)
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const stop = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', stop)
  worker.on('message', (message: Message) => {
    if (message.kind === 'progress') report?.(message.progress)
    else if (message.kind === 'result') resolve(message.result as Result)
    else if (message.kind === 'dm') reject(new DmError(message.code, message.context as never))
    else reject(new WorkerFailure(message.message, message.errcode))
  })
  worker.on('error', reject)
  worker.on('exit', () => reject(new Error('the comparison ended before it was done')))
  try {
    return await promise
  } finally {
    signal?.removeEventListener('abort', stop)
    const gone = worker.terminate().finally(() => threads.delete(worker))
    await (signal?.aborted === true ? Promise.race([gone, setTimeout(PATIENCE_MS)]) : gone)
  }
}

/** What a worker does with its task; what it returns is the answer. */
export function serveWorker(
  work: (task: unknown, report: (progress: Progress) => void) => unknown,
): void {
  // The port of a thread has no origins.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  const send = (message: Message): void => parentPort?.postMessage(message)
  try {
    const result = work(workerData, (progress) => send({ kind: 'progress', progress }))
    send({ kind: 'result', result })
  } catch (error) {
    const { message = String(error), errcode = null } = error as {
      message?: string
      errcode?: number
    }
    if (isDmError(error)) send({ kind: 'dm', code: error.code, context: error.context })
    else send({ kind: 'failure', message, errcode })
  }
}
