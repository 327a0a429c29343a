import type { VersionEntry } from './types.ts'

/** What `commit`, and `description` where none was given, hold until the version is published. */
export const PENDING = 'pending-merge'

/** Whether a version is proposed but not published yet; see `isMarked` for deletions. */
export function isPending(entry: VersionEntry): boolean {
  return entry.commit === PENDING
}
