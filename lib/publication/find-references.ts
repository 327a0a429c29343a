import { scanManifest } from '../base/scan-manifest.ts'
import { DmError } from '../errors/dm-error.ts'
import { fetchAllReferences } from '../git/fetch-all-references.ts'
import { listMergedTips } from '../git/list-merged-tips.ts'
import { readFileAt } from '../git/read-file-at.ts'
import type { Repository } from '../git/repository.ts'

/** Tells which objects something still refers to. */
export interface References {
  /** Whether a pending entry on any branch or pull request waits for these staged bytes. */
  readonly isStagingKeyUsed: (key: string) => boolean
  /** Whether any entry on any branch or pull request names this object of a bucket. */
  readonly isObjectKeyUsed: (bucket: string, key: string) => boolean
}

/**
 * Everything that refers to objects: the base, every branch of the remote and here, and the heads
 * of pull requests where the forge shows them, all freshly fetched.
 *
 * A branch that is merged proposes nothing any more and does not count; neither does, for staging, a
 * pending entry of a branch that the base has published already. A manifest that cannot be read, in whole or in part, refers to whatever its text contains.
 *
 * @param tip the base's tip
 */
export async function findReferences(
  repository: Repository,
  tip: string,
  manifestPath: string,
  signal?: AbortSignal,
): Promise<References> {
  const references = await fetchAllReferences(repository, signal)
  const merged = await listMergedTips(repository, tip, signal)
  const open = references.map(({ commit }) => commit).filter((commit) => !merged.has(commit))
  const commits = [...new Set([tip, ...open])]
  const objects = new Set<string>()
  const staged = new Set<string>()
  const published = new Set<string>()
  const unreadable: string[] = []
  for await (const file of readFileAt(repository, commits, manifestPath, { signal })) {
    if (file.state === 'too-large' || file.state === 'unreadable') {
      throw new DmError('DM_REFERENCE_UNREADABLE', { commit: file.commit, path: manifestPath })
    }
    if (file.state !== 'file') continue
    const entries = scanManifest(file.content)
    const text = file.content.toString()
    if (isPartlyUnreadable(text, entries.length)) unreadable.push(text)
    for (const entry of entries) {
      objects.add(`${entry.bucket}\0${entry.key}`)
      const id = `${entry.dataset}\0${entry.number}\0${entry.sha256}`
      if (file.commit === tip && !entry.pending) published.add(id)
      if (entry.pending && entry.stagingKey !== null && !published.has(id)) {
        staged.add(entry.stagingKey)
      }
    }
  }
  const isInText = (key: string): boolean => unreadable.some((text) => text.includes(key))
  return {
    isStagingKeyUsed: (key) => staged.has(key) || isInText(key),
    isObjectKeyUsed: (bucket, key) => objects.has(`${bucket}\0${key}`) || isInText(key),
  }
}

/** Whether a text names more hashes than entries were understood in it. */
function isPartlyUnreadable(text: string, entries: number): boolean {
  return entries === 0 || (text.match(/"sha256"/g)?.length ?? 0) > entries
}
