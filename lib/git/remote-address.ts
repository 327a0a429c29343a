import { readGitText } from './read-git.ts'
import { hasRemote, type Repository } from './repository.ts'

/** Where a remote is, in its parts; nothing of a user name or password. */
export interface RemoteAddress {
  readonly scheme: 'http' | 'https' | 'ssh'
  /** In lower case; with the port for http and https. */
  readonly host: string
  /** The path in its parts, decoded, without `.git` at the end. */
  readonly path: readonly string[]
}

/** Where a branch comes from and where it goes: the same, unless the remote has a `pushurl`. */
export interface RemoteAddresses {
  readonly fetch: RemoteAddress
  readonly push: RemoteAddress
}

/**
 * The addresses that git uses for the remote, `insteadOf` and `pushInsteadOf` applied; null where
 * there is no remote, or it is a folder or a bundle.
 */
export async function readRemoteAddresses(
  repository: Repository,
  signal?: AbortSignal,
): Promise<RemoteAddresses | null> {
  if (!hasRemote(repository)) return null
  const { remote } = repository
  const read = async (...options: string[]): Promise<RemoteAddress | null> => {
    const args = ['remote', 'get-url', ...options, '--', remote]
    return parseAddress(await readGitText(repository, args, { signal }))
  }
  const [fetch, push] = await Promise.all([read(), read('--push')])
  return fetch === null || push === null ? null : { fetch, push }
}

const schemes = { 'http:': 'http', 'https:': 'https', 'ssh:': 'ssh', 'git+ssh:': 'ssh' } as const

/** An address as git takes it: a URL, or `user@host:path`; null: it is on no other machine. */
export function parseAddress(text: string): RemoteAddress | null {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    const url = URL.parse(text)
    const scheme = schemes[url?.protocol as keyof typeof schemes] as
      | RemoteAddress['scheme']
      | undefined
    if (url === null || scheme === undefined) return null
    const host = scheme === 'ssh' ? url.hostname : url.host
    return toAddress(scheme, host, url.pathname)
  }
  const [, host, path] = /^(?:[^@/\\]*@)?(\[[0-9a-f:]+\]|[^:/\\@[\]]+):(.*)$/is.exec(text) ?? []
  // A single letter is a drive of Windows.
  if (host === undefined || path === undefined || /^[a-z]$/i.test(host)) return null
  return toAddress('ssh', host, path)
}

function toAddress(
  scheme: RemoteAddress['scheme'],
  host: string,
  path: string,
): RemoteAddress | null {
  const parts = path
    .replace(/[?#].*$/s, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decode)
  return host === '' || parts.length === 0
    ? null
    : { scheme, host: host.toLowerCase(), path: parts }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
