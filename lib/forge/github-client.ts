import type { Octokit } from '@octokit/rest'
import type { Environment } from '../config/define-config.ts'
import { isDmError } from '../errors/dm-error.ts'
import { retry } from '../store/retry.ts'
import { explain } from './failure.ts'
import { fetchThrough } from './fetch.ts'
import type { GitHub } from './forge.ts'
import type { Token } from './token.ts'

/** A request, or several that belong together, of the repository. */
export type Work<Result> = (
  octokit: Octokit,
  place: { readonly owner: string; readonly repo: string },
) => Promise<Result>

/** GitHub, as one run asks it. */
export interface GitHubClient {
  readonly github: GitHub
  /**
   * Makes a request; its failures are those of the catalogue. What fails on the way, or is limited
   * for a moment, is tried again: `work` must find what it has done before.
   *
   * @param action what it does, as it follows 'may not' and 'refused to'
   * @throws DM_FORGE_…; the signal's reason when aborted
   */
  readonly ask: <Result>(action: string, work: Work<Result>) => Promise<Result>
}

const silent = (): void => undefined

/**
 * @param env of the run: names proxies and certificates
 * @param patienceMs how long a limit is waited for at most
 */
export async function openGitHub(
  github: GitHub,
  token: Token,
  {
    env,
    signal,
    clock,
    patienceMs = 20_000,
  }: {
    readonly env: Environment
    readonly signal?: AbortSignal | undefined
    readonly clock: () => Date
    readonly patienceMs?: number
  },
): Promise<GitHubClient> {
  // Loaded when a pull request is opened: no other command waits for it.
  const { Octokit: Client } = await import('@octokit/rest')
  const octokit = new Client({
    auth: token.value,
    baseUrl: github.api,
    userAgent: 'datamanager',
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: fetchThrough(env), ...(signal && { signal }) },
  })
  const place = { owner: github.owner, repo: github.name }
  return {
    github,
    ask: async (action, work) => {
      const attempt = (): ReturnType<typeof work> =>
        work(octokit, place).catch((error: unknown) => {
          signal?.throwIfAborted()
          throw isDmError(error) ? error : explain(error, action, github, token, clock())
        })
      return retry(attempt, {
        attempts: 3,
        isRetryable: (error) => isDmError(error, 'DM_FORGE_UNAVAILABLE'),
        signal,
        patienceMs,
      })
    },
  }
}
