import path from 'node:path'
import { isPending } from './status.ts'
import type { Manifest, VersionName } from './types.ts'

/**
 * Where the diff of a version is stored, relative to the data repository:
 * `<diffs>/<name without .sqlite>/diff-vN-to-vM.sql`.
 *
 * @returns null for a name that is no name for a folder in git: old manifests may hold anything
 */
export function diffPath(
  diffs: string,
  dataset: string,
  { from, to }: { readonly from: VersionName; readonly to: VersionName },
): string | null {
  const stem = dataset.replace(/\.sqlite$/, '')
  if (!/^[A-Za-z0-9][\w. -]*$/.test(stem) || stem.includes('..')) return null
  return `${diffs}/${stem}/diff-${from}-to-${to}.sql`
}

/**
 * The same as an entry has it, relative to the manifest.
 *
 * @returns null where it is not below the manifest's folder
 */
export function diffField(file: string, manifestPath: string): string | null {
  const relative = path.posix.relative(path.posix.dirname(manifestPath), file)
  return relative.startsWith('../') ? null : relative
}

/** What others call a diff may be any file: only one of such a name is given up with its version. */
const diffName = /^diff-v\d+-to-v\d+\.sql$/

/** The files that hold the diffs of the pending versions, relative to the data repository. */
export function pendingDiffs({ datasets }: Manifest, manifestPath: string): string[] {
  return datasets
    .flatMap(({ history }) => history.filter(isPending))
    .flatMap(({ diffFromPrevious: field }) => {
      if (typeof field !== 'string' || !diffName.test(path.posix.basename(field))) return []
      return [path.posix.join(path.posix.dirname(manifestPath), field)]
    })
}
