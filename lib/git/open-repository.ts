import { stat } from 'node:fs/promises'
import { DmError } from '../errors/dm-error.ts'
import { type Environment, gitEnvironment } from './git-environment.ts'
import { readSettings } from './read-settings.ts'
import type { Repository } from './repository.ts'
import { gitFailure } from './git-failure.ts'
import { type GitPlace, runGit } from './run-git.ts'
import { verifyBranchName } from './verify-names.ts'

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
