// Runs in a thread of its own: node:sqlite blocks the thread that it is used in.
import { parentPort, workerData } from 'node:worker_threads'
import type { ErrorCode } from '../errors/definitions.ts'
import { isDmError } from '../errors/dm-error.ts'
import { type Compared, compareDatabases, type SentOptions } from './compare-databases.ts'

export interface Task {
  readonly before: string
  readonly after: string
  readonly options: SentOptions
}

export type Message =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'result'; readonly compared: Compared }
  | { readonly kind: 'failure'; readonly message: string; readonly errcode: number | null }
  /** One of the catalogue: its code and its context. */
  | { readonly kind: 'dm'; readonly code: ErrorCode; readonly context: object }

// The port of a thread has no origins.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const send = (message: Message): void => parentPort?.postMessage(message)

const { before, after, options } = workerData as Task
try {
  const compared = compareDatabases(before, after, options, (progress) => {
    send({ kind: 'progress', ...progress })
  })
  send({ kind: 'result', compared })
} catch (error) {
  const { message = String(error), errcode = null } = error as {
    message?: string
    errcode?: number
  }
  if (isDmError(error)) send({ kind: 'dm', code: error.code, context: error.context })
  else send({ kind: 'failure', message, errcode })
}
