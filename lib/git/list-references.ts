import { readGitText } from './read-git.ts'
import type { GitPlace } from './run-git.ts'

/** A reference that points to a commit. */
export interface Reference {
  /** Full name: `refs/…`. */
  readonly name: string
  readonly commit: string
}

/** The references below these namespaces (`refs/heads`), in the order of names. */
export async function listReferences(
  place: GitPlace,
  namespaces: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Reference[]> {
  const format = '--format=%(objecttype) %(objectname) %(refname) %(symref)'
  const text = await readGitText(place, ['for-each-ref', format, ...namespaces], { signal })
  return text.split('\n').flatMap((line) => {
    const [type, commit = '', name = '', symbolic] = line.split(' ')
    // `refs/remotes/<remote>/HEAD` only repeats another one.
    return type === 'commit' && symbolic === '' ? [{ name, commit }] : []
  })
}
