import { type GitPlace, runGit } from './run-git.ts'

/** What the user's git settings say about remotes. */
export interface Settings {
  /**
   * Name -> URL as configured. A section without a URL, such as one that only says how to prune, is
   * no remote.
   */
  readonly remoteUrls: ReadonlyMap<string, string>
  /** Whether objects are fetched when they are read. */
  readonly isPartial: boolean
  /** What git's environment must have besides. */
  readonly environment: Readonly<Record<string, string>>
}

const sshOptions = ['ConnectTimeout=20', 'ServerAliveInterval=15', 'ServerAliveCountMax=4']

/** An ssh that gives up on a dead host. */
const boundedSsh = ['ssh', ...sshOptions.map((option) => `-o ${option}`)].join(' ')

/** Reads the settings, in one go. */
export async function readSettings(place: GitPlace, signal?: AbortSignal): Promise<Settings> {
  // Git has lower-cased the section and the last part of a key, not what is in between.
  const pattern = String.raw`^(remote\..*\.(url|promisor)|core\.sshcommand)$`
  const args = ['config', '-z', '--get-regexp', pattern]
  const { stdout } = await runGit(place, args, { signal })
  const remoteUrls = new Map<string, string>()
  let hasSshCommand = 'GIT_SSH_COMMAND' in place.env || 'GIT_SSH' in place.env
  let isPartial = false
  for (const entry of stdout.toString().split('\0')) {
    const [key = '', value] = entry.split(/\n([\s\S]*)/)
    if (value === undefined) continue
    const name = key.slice('remote.'.length, -'.url'.length)
    if (key === 'core.sshcommand') hasSshCommand = true
    else if (key.endsWith('.promisor')) isPartial ||= value === 'true'
    else if (!remoteUrls.has(name)) remoteUrls.set(name, value)
  }
  // The variable would replace an ssh command that the user has chosen.
  return {
    remoteUrls,
    isPartial,
    environment: hasSshCommand ? {} : { GIT_SSH_COMMAND: boundedSsh },
  }
}
