import { isDeepStrictEqual } from 'node:util'
import { readManifestAt } from '../base/base.ts'
import { isDmError } from '../errors/dm-error.ts'
import { walkFirstParents } from '../git/history.ts'
import { treeEntries } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import { pathFromRoot } from '../git/verify-names.ts'
import { bucketOf, findDataset } from '../manifest/lookup.ts'
import type { DatasetEntry, VersionEntry } from '../manifest/types.ts'

/** So many changes of the base are looked at, newest first: a publication is reverted soon. */
const MOST = 500

/**
 * Whether the base ever had a version just like this, pending or published: what a publication that is reverted
 * in git comes back to. A mark counts for nothing: it may be taken back together with that.
 *
 * @param commit the tip of the base
 * @param path of the manifest, relative to the data repository
 */
export async function wasThere(
  repository: Repository,
  commit: string,
  path: string,
  { dataset, entry }: DatasetEntry,
  signal?: AbortSignal,
): Promise<boolean> {
  let left = MOST
  for await (const change of walkFirstParents(repository, commit, [path], signal)) {
    if ('cut' in change || left-- === 0) return false
    const manifest = await readManifestAt(repository, change.commit, path, signal).catch(
      (error: unknown) => {
        if (isDmError(error) && error.exit === 3) return null
        throw error
      },
    )
    const former = manifest && findDataset(manifest, dataset.fileName)
    const found = former?.history.find(({ version }) => version === entry.version)
    if (former == null || found === undefined || bucketOf(former) !== bucketOf(dataset)) continue
    if (isDeepStrictEqual(unmarked(found), unmarked(entry))) return true
  }
  return false
}

function unmarked(entry: VersionEntry): object {
  return Object.fromEntries(Object.entries(entry).filter(([field]) => field !== 'status'))
}

/**
 * Whether a file is at the head what it was before one of the base's own changes of it.
 *
 * @param path relative to the data repository
 */
export async function isRestored(
  repository: Repository,
  { base, head }: { readonly base: string; readonly head: string },
  path: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const fullPath = pathFromRoot(repository.prefix, path)
  const hashAt = async (commit: string | undefined): Promise<string | null> => {
    if (commit === undefined) return null
    return (await treeEntries(repository, commit, [fullPath], signal)).get(fullPath)?.hash ?? null
  }
  const now = await hashAt(head)
  let left = MOST
  for await (const change of walkFirstParents(repository, base, [path], signal)) {
    if ('cut' in change || left-- === 0) return false
    if ((await hashAt(change.parents[0])) === now) return true
  }
  return false
}
