import type { Environment } from '../config/define-config.ts'
import { readRemoteAddresses } from '../git/remote-address.ts'
import type { Repository } from '../git/repository.ts'
import { addressByHand } from './by-hand.ts'
import { findForge, toGitHub } from './forge.ts'
import { type GitHubClient, openGitHub } from './github-client.ts'
import type { PullRequestPlace } from './pull-request.ts'

/** Where the pull request of a branch belongs. */
export interface Connection extends PullRequestPlace {
  /** Null: the forge is not GitHub, or there is no token. */
  readonly client: GitHubClient | null
  /** Where a person opens it; null: nobody knows. */
  readonly address: string | null
}

/**
 * Finds the forge behind the remote, and who asks it; nothing is asked yet.
 *
 * @param options.env of the run, with the keys of `.env`
 * @throws DM_GIT_FAILED
 */
export async function connectForge(
  repository: Repository,
  branch: string,
  options: {
    readonly env: Environment
    readonly clock: () => Date
    readonly signal?: AbortSignal | undefined
  },
): Promise<Connection> {
  const place = { branch, base: repository.base }
  const addresses = await readRemoteAddresses(repository, options.signal)
  if (addresses === null) return { ...place, client: null, address: null }
  const { forge, token } = await findForge(addresses, options.env, options.signal)
  const address = addressByHand(forge, branch, repository.base)
  const github = toGitHub(forge, options.env)
  if (token === null || github === null) return { ...place, client: null, address }
  return { ...place, client: await openGitHub(github, token, options), address }
}
