import { readManifestAt } from '../base/base.ts'
import { DmError } from '../errors/dm-error.ts'
import { allMergeBases, type ChangedPath, changedPaths } from '../git/changed-paths.ts'
import { findMergeBases } from '../git/merge-bases.ts'
import { resolveRef } from '../git/refs.ts'
import { baseRef, type Repository } from '../git/repository.ts'
import type { Manifest } from '../manifest/types.ts'

/** What a proposal is compared with, and what it is: commits, read as git objects. */
export interface Reviewed {
  readonly base: string
  readonly head: string
  /** Where the proposal left the base; several where lines were merged crosswise. */
  readonly forks: readonly string[]
}

/** What a proposal changes of one of the places where it left the base. */
export interface Comparison {
  readonly fork: string
  readonly before: Manifest
  /** At most `MOST_PATHS`. */
  readonly paths: readonly ChangedPath[]
  /** How many more there are. */
  readonly more: number
}

/** So many changed paths are looked at. */
const MOST_PATHS = 10_000

/**
 * Finds the two commits, and where one left the other; a shallow clone is deepened as far as that
 * needs.
 *
 * @param names of the base and of the head: a branch, a full reference or a hash; undefined: the
 *   base of the config, as it was last fetched, and HEAD
 * @throws DM_REFERENCE_UNKNOWN, exit 2; DM_CHECK_UNRELATED; DM_GIT_SHALLOW
 */
export async function findReviewed(
  repository: Repository,
  names: { readonly base: string | undefined; readonly head: string | undefined },
  signal?: AbortSignal,
): Promise<Reviewed> {
  const base = await resolve(repository, names.base ?? baseRef(repository), signal)
  const head = await resolve(repository, names.head ?? 'HEAD', signal)
  await findMergeBases(repository, repository, { base, tips: [head] }, { deepens: true }, signal)
  const forks = await allMergeBases(repository, base, head, signal)
  if (forks.length > 0) return { base, head, forks }
  throw new DmError('DM_CHECK_UNRELATED', {
    base: names.base ?? repository.base,
    head: names.head ?? 'HEAD',
  })
}

/** What is different at the head from one of its forks. */
export async function compareWith(
  repository: Repository,
  fork: string,
  head: string,
  path: string,
  signal?: AbortSignal,
): Promise<Comparison> {
  const before = await readManifestAt(repository, fork, path, signal)
  const paths: ChangedPath[] = []
  let more = 0
  for await (const one of changedPaths(repository, fork, head, signal)) {
    if (paths.length < MOST_PATHS) paths.push(one)
    else more++
  }
  return { fork, before, paths, more }
}

/** The remote's branch counts: one of that name here may be old. */
async function resolve(
  repository: Repository,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { remote } = repository
  const isFull = /^(?:refs\/|HEAD$|[0-9a-f]{40}$|[0-9a-f]{64}$)/.test(name)
  const names = isFull
    ? [name]
    : [...(remote === null ? [] : [`refs/remotes/${remote}/${name}`]), `refs/heads/${name}`, name]
  for (const one of names) {
    const commit = await resolveRef(repository, one, signal)
    if (commit !== null) return commit
  }
  throw new DmError('DM_REFERENCE_UNKNOWN', { branch: name, remote })
}
