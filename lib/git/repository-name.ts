import { createHash } from 'node:crypto'
import path from 'node:path'
import type { Repository } from './repository.ts'

/**
 * The repository's name: the config's, else `owner/name`, the last two parts of the remote's URL,
 * without credentials and `.git`.
 *
 * Without a remote: `local/<folder>-<8 hex digits>`, from the folder that holds the common git
 * folder, so that all linked work trees have the same name and no two repositories on one machine.
 *
 * A data repository in a folder of the git repository always has `#<folder>` behind that: there may
 * be several, and a config is easily copied from one to the other.
 */
export function repositoryName(
  repository: Pick<Repository, 'remoteUrl' | 'commonDir' | 'prefix'>,
  configured: string | null,
): string {
  const folder = repository.prefix.replace(/\/$/, '')
  const name = configured ?? nameOf(repository)
  return folder === '' ? name : `${name}#${encodeURI(folder)}`
}

function nameOf(repository: Pick<Repository, 'remoteUrl' | 'commonDir'>): string {
  const parts = repository.remoteUrl === null ? [] : pathParts(repository.remoteUrl)
  if (parts.length > 0) return parts.slice(-2).map(encodeURIComponent).join('/')
  return localName(repository.commonDir)
}

/** The path of a URL, of `host:path`, or of a file, in its parts. */
function pathParts(url: string): string[] {
  const withoutScheme = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(.*)$/i.exec(url)?.[1]
  const afterHost = /^[^/:]+:(.*)$/.exec(url)?.[1]
  const pathOnly = withoutScheme ?? afterHost ?? url
  return pathOnly
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/(?:\/?\.git)$/, '')
    .split('/')
    .filter((part) => !['', '.', '..'].includes(part))
    .map((part) => part.replaceAll('%20', ' '))
}

function localName(commonDir: string): string {
  const folder = path.basename(commonDir) === '.git' ? path.dirname(commonDir) : commonDir
  const readable = path
    .basename(folder)
    .replace(/\.git$/, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
  const digits = createHash('sha256').update(folder).digest('hex').slice(0, 8)
  return `local/${readable}-${digits}`
}
