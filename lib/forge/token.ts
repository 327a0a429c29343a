import type { Environment } from '../config/define-config.ts'
import { parseAddress } from '../git/remote-address.ts'
import { askProgram } from './ask-program.ts'

/** A key for GitHub. */
export interface Token {
  /** Secret: never part of a message. */
  readonly value: string
  /** Where it comes from, for messages: `GH_TOKEN`, `gh auth token`. */
  readonly source: string
}

/**
 * The token for a host: `GH_TOKEN`, `GITHUB_TOKEN`, then what `gh` has. As with `gh`, the two are for
 * github.com, for its subdomains of ghe.com and for a host that the environment names; any other one
 * is given only what is meant for it.
 *
 * @param isGitHub whether the host is known to be GitHub
 */
export async function findToken(
  host: string,
  isGitHub: boolean,
  env: Environment,
  signal?: AbortSignal,
): Promise<Token | null> {
  const isOwn = host !== 'github.com' && !host.endsWith('.ghe.com')
  const isNamed = isNamedGitHub(host, env)
  const names = [
    ...(isNamed || !isOwn ? ['GH_TOKEN', 'GITHUB_TOKEN'] : []),
    ...(isOwn && isGitHub ? ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'] : []),
  ]
  for (const source of names) {
    const value = env[source]?.trim()
    if (value) return { value, source }
  }
  const value = await askProgram('gh', ['auth', 'token', '--hostname', host], env, signal)
  // What a header cannot hold is none.
  return value === null || !/^[\x21-\x7e]+$/.test(value) ? null : { value, source: 'gh auth token' }
}

/** Whether the environment says so: for `gh`, or as GitHub Actions does on an own server. */
export function isNamedGitHub(host: string, env: Environment): boolean {
  const named = [env['GH_HOST'], parseAddress(`${env['GITHUB_SERVER_URL'] ?? ''}/-`)?.host]
  return named.some((one) => one?.toLowerCase() === host)
}
