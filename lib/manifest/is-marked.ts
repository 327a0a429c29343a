import type { Dataset, VersionEntry } from './types.ts'

/** The `status` of what the next publication removes. */
export const MARKED = 'pending-deletion'

/** Whether a dataset, or a version by itself, is marked for deletion. */
export function isMarked(item: Pick<Dataset | VersionEntry, 'status'>): boolean {
  return item.status === MARKED
}
