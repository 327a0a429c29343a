// Runs in a thread of its own: reading and hashing as fast as can be leaves no room for anything else.
import { serveWorker } from '../../diff/run-in-worker.ts'
import { findShared } from './find-shared.ts'

/** Paths. */
export interface Task {
  readonly base: string
  readonly target: string
}

serveWorker((task) => {
  const { base, target } = task as Task
  return findShared(base, target)
})
