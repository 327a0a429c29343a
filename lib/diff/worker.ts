// Runs in a thread of its own: node:sqlite blocks the thread that it is used in.
import { compareDatabases, type SentOptions } from './compare-databases.ts'
import { serveWorker } from './run-in-worker.ts'

export interface Task {
  readonly before: string
  readonly after: string
  readonly options: SentOptions
}

serveWorker((task, report) => {
  const { before, after, options } = task as Task
  return compareDatabases(before, after, options, report)
})
