import { setTimeout as delay } from 'node:timers/promises'
import { DmError } from '../errors/dm-error.ts'
import { hasRemote, type Repository, type WithRemote } from './repository.ts'
import { runGit } from './run-git.ts'
import { verifyBranchName } from './verify-names.ts'

/** How long the answer to one question may take, in milliseconds. */
const timeoutMs = 60_000

/** Full name -> commit, in the order of names. */
export type RemoteReferences = ReadonlyMap<string, string>

/**
 * Asks the remote for its branches (`refs/heads/…`). Ask once and hand it on: the commits need not be
 * here.
 *
 * Throws DM_GIT_REMOTE_UNREACHABLE with git's words.
 */
export function listBranches(
  repository: WithRemote,
  signal?: AbortSignal,
): Promise<RemoteReferences> {
  return listRemote(repository, ['--heads'], [], signal)
}

/**
 * As `listBranches`, with the heads of pull requests where the forge shows them
 * (`refs/pull/<number>/head`).
 */
export async function listOpenReferences(
  repository: WithRemote,
  signal?: AbortSignal,
): Promise<RemoteReferences> {
  const found = await listRemote(repository, [], ['refs/heads/*', 'refs/pull/*/head'], signal)
  // A `*` matches `/` too.
  const isOpen = (name: string): boolean => /^refs\/(?:heads\/.|pull\/\d+\/head$)/.test(name)
  return new Map([...found].filter(([name]) => isOpen(name)))
}

async function listRemote(
  repository: WithRemote,
  options: readonly string[],
  patterns: readonly string[],
  signal: AbortSignal | undefined,
): Promise<RemoteReferences> {
  const { remote } = repository
  const args = ['ls-remote', '--quiet', ...options, '--end-of-options', remote, ...patterns]
  const { code, stdout, stderr } = await runGit(repository, args, { signal, timeoutMs })
  if (code !== 0) {
    const detail = code === null ? `no answer within ${timeoutMs / 1000} s` : stderr
    throw new DmError('DM_GIT_REMOTE_UNREACHABLE', { remote, detail })
  }
  const references = new Map<string, string>()
  for (const line of stdout.toString().split('\n')) {
    const [commit, name] = line.split('\t')
    if (commit !== undefined && name !== undefined) references.set(name, commit)
  }
  return references
}

export interface FetchOptions {
  /** Of `git fetch`. */
  readonly options?: readonly string[]
  /** `-c <name>=<value>` pairs, as words. */
  readonly settings?: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/**
 * Fetches exactly these refspecs from the remote: no tags, no submodules, no FETCH_HEAD, and no
 * reference besides the ones named, whatever the remote's configured refspecs are.
 *
 * Throws DM_GIT_REMOTE_UNREACHABLE, or DM_GIT_FETCH_FAILED where the remote answers all the same; both
 * with git's words.
 */
export async function fetch(
  repository: WithRemote,
  refspecs: readonly string[],
  { options = [], settings = [], signal }: FetchOptions = {},
): Promise<void> {
  const { remote } = repository
  const only = [
    '--no-tags',
    '--refmap=',
    '--no-write-fetch-head',
    '--recurse-submodules=no',
    '--no-prune',
  ]
  const args = [...settings, 'fetch', '--quiet', '--no-auto-maintenance', ...only, ...options]
  // On stdin there is room for any number.
  const input = Buffer.from(refspecs.map((refspec) => `${refspec}\n`).join(''))
  const run = (): ReturnType<typeof runGit> =>
    runGit(repository, [...args, '--stdin', '--end-of-options', remote], { input, signal })
  let { code, stderr } = await run()
  for (let wait = 50; code !== 0 && isShallowBusy(stderr) && wait < MOST_WAIT_MS; wait *= 2) {
    await delay(wait, undefined, { signal })
    ;({ code, stderr } = await run())
  }
  if (code === 0) return
  // The remote, or something here? Only the remote itself can tell.
  await listBranches(repository, signal)
  throw new DmError('DM_GIT_FETCH_FAILED', { remote, detail: stderr })
}

/** So long at most one waits for another fetch at a time, in milliseconds. */
const MOST_WAIT_MS = 2000

/** Two fetches into one shallow clone: the other, of this run or another, was faster. Git says it so. */
function isShallowBusy(stderr: string): boolean {
  return /shallow file has changed since we read it|\/shallow\.lock': File exists/.test(stderr)
}

/**
 * Fetches objects that a clone without all blobs lacks, in one go: git itself would ask for each.
 *
 * In a complete clone it does nothing. Throws DM_GIT_REMOTE_UNREACHABLE.
 */
export async function fetchMissing(
  repository: Repository,
  hashes: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  if (hasRemote(repository) && repository.isPartial) await fetch(repository, hashes, { signal })
}

/**
 * Fetches one branch of the remote and returns its tip; null where the remote has no such branch or
 * there is no remote. No reference is written.
 *
 * @param branches what the remote has been asked for already
 * @throws DM_GIT_REMOTE_UNREACHABLE, DM_GIT_FETCH_FAILED
 */
export async function fetchBranch(
  repository: Repository,
  branch: string,
  signal?: AbortSignal,
  branches?: RemoteReferences,
): Promise<string | null> {
  await verifyBranchName(repository, branch)
  if (!hasRemote(repository)) return null
  const found = branches ?? (await listBranches(repository, signal))
  const tip = found.get(`refs/heads/${branch}`) ?? null
  // Asks the remote only for what is not here.
  if (tip !== null) await fetch(repository, [tip], { signal })
  return tip
}
