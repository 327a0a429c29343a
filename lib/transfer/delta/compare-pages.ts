import type { ComparedPages } from '../../diff/pages/compare-pages.ts'
import { runInWorker } from '../../diff/run-in-worker.ts'
import { readFileIdentity } from '../../files/file-identity.ts'
import { findShared } from './find-shared.ts'
import type { Named, Records } from './format.ts'
import type { Task } from './compare-worker.ts'

/** What two database files have in common, page by page. */
export interface PageComparison {
  /** The base, as its bytes were found to be. */
  readonly base: Named
  /** Null: the sizes of their pages differ, so that they have none in common. */
  readonly shared: SharedPages | null
}

export interface SharedPages {
  readonly pageSize: number
  /** What each page is, and whether it is the same in both: for a diff of the rows. */
  readonly pages: ComparedPages
  /** How the target is made of the base. */
  readonly records: Records
  /** How many pages of the target the base does not have. */
  readonly newPages: number
}

/** Files that are not larger are read in less time than a thread takes to begin, in bytes. */
const SMALL_BYTES = 8 * 1024 * 1024

/**
 * Reads two database files once, side by side, and says how the one is made of the other; the base is
 * hashed on the way. Nobody may write to them meanwhile. In a thread of its own, which takes about as
 * long as hashing two files, beside whatever else is done with the target.
 *
 * @param base path of the version before
 * @param target path of the database
 * @throws DM_FILE_…, DM_DATABASE_…; the signal's reason
 */
export async function comparePages(
  base: string,
  target: string,
  signal?: AbortSignal,
): Promise<PageComparison> {
  const files = await Promise.all([base, target].map((file) => readFileIdentity(file)))
  signal?.throwIfAborted()
  if (files.every(({ size }) => size <= SMALL_BYTES)) return findShared(base, target)
  const isSource = import.meta.url.endsWith('.ts')
  const entry = new URL(isSource ? './compare-worker.ts' : './compare-worker.js', import.meta.url)
  const task: Task = { base, target }
  return runInWorker(entry, task, { signal })
}
