import { stat } from 'node:fs/promises'
import { DmError } from '../errors/dm-error.ts'
import { type Environment, gitEnvironment } from './git-environment.ts'
import { gitFailure, readGit } from './read-git.ts'
import { type GitPlace, runGit } from './run-git.ts'
import { verifyBranchName } from './verify-names.ts'

/** A git repository as `openRepository` found it; what the functions of this folder work on. */
export interface Repository extends GitPlace {
  /** Absolute path of the work tree's root (of the git folder, where bare); git runs here. */
  readonly root: string
  /** Absolute path of this work tree's git folder. */
  readonly gitDir: string
  /** Absolute path of the git folder that all linked work trees share. */
  readonly commonDir: string
  /** Path of the data repository inside the root: '' or 'sub/folder/'. */
  readonly prefix: string
  readonly isBare: boolean
  /** Whether it is a clone that fetches some objects only when they are read (`--filter`). */
  readonly isPartial: boolean
  /** The remote's name; null where the repository has no remote at all. */
  readonly remote: string | null
  /** The remote's URL as configured: may hold credentials, never print it. */
  readonly remoteUrl: string | null
  /** Name of the branch that counts. */
  readonly base: string
}

/** A repository that is known to have a remote. */
export type WithRemote = Repository & { readonly remote: string }

/** Whether the repository has a remote. */
export function hasRemote(repository: Repository): repository is WithRemote {
  return repository.remote !== null
}

export interface RepositoryOptions {
  /** Absolute path of the data repository: git's root, a folder in it, or a bare repository. */
  readonly cwd: string
  /** The environment that dm was started in. */
  readonly env: Environment
  /** The configured remote's name. */
  readonly remote: string
  /** The configured base branch's name. */
  readonly base: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Finds the git repository of a folder; contacts no remote.
 *
 * Throws DM_GIT_MISSING, DM_GIT_TOO_OLD, DM_GIT_NO_REPOSITORY, DM_GIT_UNSAFE_DIRECTORY,
 * DM_GIT_UNKNOWN_REMOTE where there are remotes but not the configured one, DM_GIT_BAD_NAME.
 */
export async function openRepository(options: RepositoryOptions): Promise<Repository> {
  const { cwd, base, signal } = options
  if (!(await isFolder(cwd))) throw new DmError('DM_GIT_NO_REPOSITORY', { folder: cwd, detail: '' })
  const place = { cwd, env: gitEnvironment(options.env) }
  const [layout, settings] = await Promise.all([
    readLayout(place, signal),
    readSettings(place, signal),
    verifyBranchName(place, base),
  ])
  const remote = chooseRemote(options.remote, [...settings.remoteUrls.keys()])
  const remoteUrl = remote === null ? null : (settings.remoteUrls.get(remote) ?? null)
  const env = { ...place.env, ...settings.environment }
  const { isPartial } = settings
  return { ...layout, cwd: layout.root, env, remote, remoteUrl, base, isPartial }
}

type Layout = Pick<Repository, 'root' | 'gitDir' | 'commonDir' | 'prefix' | 'isBare'>

async function readLayout(place: GitPlace, signal: AbortSignal | undefined): Promise<Layout> {
  const folders = ['--git-dir', '--git-common-dir', '--show-prefix', '--show-toplevel']
  const args = ['rev-parse', '--path-format=absolute', '--is-bare-repository', ...folders]
  const { code, stdout, stderr } = await runGit(place, args, { signal })
  if (code === 129) throw await gitFailure(place, 'rev-parse', { code, stderr })
  const [isBare, gitDir = '', commonDir = '', prefix = '', root = ''] = stdout
    .toString()
    .split('\n')
  // Git answers in order and fails at the first question that has no answer, here the last.
  if (isBare === 'true') return { root: gitDir, gitDir, commonDir, prefix: '', isBare: true }
  if (code === 0) return { root, gitDir, commonDir, prefix, isBare: false }
  throw await whyNotFound(place, stderr, signal)
}

/** Git's refusal of a foreign owner's folder has the same exit code as no repository at all. */
async function whyNotFound(
  place: GitPlace,
  detail: string,
  signal: AbortSignal | undefined,
): Promise<DmError> {
  const trusting = ['-c', 'safe.directory=*', 'rev-parse', '--show-toplevel']
  const { code, stdout } = await runGit(place, trusting, { signal })
  if (code !== 0) return new DmError('DM_GIT_NO_REPOSITORY', { folder: place.cwd, detail })
  return new DmError('DM_GIT_UNSAFE_DIRECTORY', { root: stdout.toString().trim() })
}

function chooseRemote(remote: string, remotes: readonly string[]): string | null {
  if (remotes.length === 0) return null
  if (remotes.includes(remote)) return remote
  throw new DmError('DM_GIT_UNKNOWN_REMOTE', { remote, remotes })
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

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

/** Full name of the reference that holds the base: the remote-tracking one where there is a remote. */
export function baseRef({ remote, base }: Pick<Repository, 'remote' | 'base'>): string {
  return remote === null ? `refs/heads/${base}` : `refs/remotes/${remote}/${base}`
}

/**
 * Makes an empty git repository in a folder, with the branch `main`.
 *
 * @throws DM_GIT_MISSING, DM_GIT_FAILED
 */
export async function createRepository(cwd: string, env: Environment): Promise<void> {
  await readGit({ cwd, env: gitEnvironment(env) }, ['init', '--quiet', '--initial-branch=main'])
}
