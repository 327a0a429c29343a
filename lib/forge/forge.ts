import type { Environment } from '../config/define-config.ts'
import { parseAddress, type RemoteAddress, type RemoteAddresses } from '../git/remote-address.ts'
import { askProgram } from './ask-program.ts'
import { findToken, isNamedGitHub, type Token } from './token.ts'

/** What a host of git repositories is, as far as its addresses tell. */
export type ForgeKind =
  | 'github'
  | 'gitlab'
  | 'bitbucket'
  | 'bitbucket-server'
  | 'gitea'
  | 'azure'
  | 'unknown'

/** A repository on a forge, and where a branch that dm pushes arrives. */
export interface Forge {
  readonly kind: ForgeKind
  /** `github.com`; with a port where it is not the usual one. */
  readonly host: string
  /** Where its pages are: `https://github.com`. */
  readonly web: string
  /** The repository's path in its parts, `['acme', 'data']`: what the base belongs to. */
  readonly path: readonly string[]
  /** The same of the repository that is pushed to. */
  readonly pushPath: readonly string[]
}

/** A pull request, as results show it. */
export interface PullRequest {
  readonly number: number
  readonly url: string
  readonly state: string
}

/** GitHub, with what is needed to ask it. */
export interface GitHub extends Forge {
  readonly kind: 'github'
  /** `https://api.github.com`, or that of an own server. */
  readonly api: string
  readonly owner: string
  readonly name: string
}

/** Host names that are always a certain forge; labels of names that people give to their own servers. */
const signs: readonly (readonly [RegExp, ForgeKind])[] = [
  [/^(?:www\.|ssh\.)?github\.com$|\.ghe\.com$|^github\.(?!com\b)/, 'github'],
  [/^(?:ssh\.)?dev\.azure\.com$|\.visualstudio\.com$/, 'azure'],
  [/^(?:altssh\.)?bitbucket\.org$/, 'bitbucket'],
  [/(?:^|\.)bitbucket\b/, 'bitbucket-server'],
  [/(?:^|\.)gitlab\b/, 'gitlab'],
  [/^codeberg\.org$|(?:^|\.)(?:gitea|forgejo)\b/, 'gitea'],
]

/** Names under which ssh is reached, where that is another one than that of the pages. */
const aliases: Readonly<Record<string, string>> = {
  'www.github.com': 'github.com',
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
}

/**
 * The forge behind the addresses of a remote, and the key for it; a host that nothing tells about is
 * GitHub where `gh` is logged in there.
 *
 * @param env of the run, with the keys of `.env`
 */
export async function findForge(
  addresses: RemoteAddresses,
  env: Environment,
  signal?: AbortSignal,
): Promise<{ readonly forge: Forge; readonly token: Token | null }> {
  const [fetch, push] = await Promise.all([
    resolveHost(addresses.fetch, env, signal),
    resolveHost(addresses.push, env, signal),
  ])
  // A branch that goes to another host is on another forge.
  const base = fetch.host === push.host ? fetch : push
  const known = kindOf(base, env)
  const mayBeGitHub = known === 'github' || known === 'unknown'
  const token = mayBeGitHub ? await findToken(base.host, known === 'github', env, signal) : null
  const kind = token === null ? known : 'github'
  const scheme = base.scheme === 'http' ? 'http' : 'https'
  const forge = {
    kind,
    host: base.host,
    web: `${scheme}://${base.host}`,
    path: base.path,
    pushPath: push.path,
  }
  return { forge, token }
}

/** GitHub's API for a repository; null where the address is none of a repository there. */
export function toGitHub(forge: Forge, env: Environment): GitHub | null {
  const [owner, name, ...more] = forge.path
  if (owner === undefined || name === undefined || more.length > 0) return null
  return { ...forge, kind: 'github', api: apiOf(forge.host, env), owner, name }
}

/** An ssh host may be a name that only this machine's ssh knows: one for each of several accounts. */
async function resolveHost(
  address: RemoteAddress,
  env: Environment,
  signal: AbortSignal | undefined,
): Promise<RemoteAddress> {
  const host = aliases[address.host] ?? address.host
  if (address.scheme !== 'ssh' || kindOf({ ...address, host }, env) !== 'unknown') {
    return { ...address, host }
  }
  const settings = (await askProgram('ssh', ['-G', '--', host], env, signal)) ?? ''
  const real = /^hostname (\S+)$/m.exec(settings)?.[1]?.toLowerCase() ?? host
  return { ...address, host: aliases[real] ?? real }
}

function kindOf({ host }: Pick<RemoteAddress, 'host'>, env: Environment): ForgeKind {
  const name = host.replace(/:\d+$/, '')
  if (isNamedGitHub(host, env)) return 'github'
  return signs.find(([sign]) => sign.test(name))?.[1] ?? 'unknown'
}

function apiOf(host: string, env: Environment): string {
  const given = env['GITHUB_API_URL']
  const server = parseAddress(`${env['GITHUB_SERVER_URL'] ?? ''}/-`)?.host
  if (given && server === host) return given.replace(/\/+$/, '')
  if (host === 'github.com' || host.endsWith('.ghe.com')) return `https://api.${host}`
  return `https://${host}/api/v3`
}
