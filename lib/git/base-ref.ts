import type { Repository } from './repository.ts'

/** Full name of the reference that holds the base: the remote-tracking one where there is a remote. */
export function baseRef({ remote, base }: Pick<Repository, 'remote' | 'base'>): string {
  return remote === null ? `refs/heads/${base}` : `refs/remotes/${remote}/${base}`
}
