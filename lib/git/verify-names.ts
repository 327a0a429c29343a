import { DmError } from '../errors/dm-error.ts'
import { type GitPlace, runGit } from './run-git.ts'

/** Names that need no look at git's rules: words of letters, digits, '_' and '-', with '/' between. */
const plainName = /^(?:[A-Za-z0-9_][A-Za-z0-9_-]*\/)*[A-Za-z0-9_][A-Za-z0-9_-]*$/

/** Throws DM_GIT_BAD_NAME unless git accepts the name for a branch. */
export async function verifyBranchName(place: GitPlace, branch: string): Promise<void> {
  if (plainName.test(branch) && branch !== 'HEAD') return
  // A NUL can be given to no program; as part of a reference git would accept the other two.
  const isPossible = !branch.includes('\0') && !branch.startsWith('-') && branch !== 'HEAD'
  const args = ['check-ref-format', `refs/heads/${branch}`]
  if (isPossible && (await runGit(place, args)).code === 0) return
  throw new DmError('DM_GIT_BAD_NAME', { what: 'branch', name: branch })
}

/** Throws DM_GIT_BAD_COMMIT unless it is a full hash (SHA-1 or SHA-256), lower case. */
export function verifyCommitHash(commit: string): void {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return
  throw new DmError('DM_GIT_BAD_COMMIT', { commit })
}

/**
 * The path from git's root of a path given relative to the data repository.
 *
 * Throws DM_GIT_BAD_PATH where it could leave the repository, name git's own folder, or break the
 * line-based input of git commands.
 */
export function pathFromRoot(prefix: string, path: string): string {
  const parts = path.split('/')
  // Git tracks nothing named `.git`, in any case.
  const bad = parts.some((part) => ['', '.', '..', '.git'].includes(part.toLowerCase()))
  if (bad || /\p{Cc}/u.test(path)) throw new DmError('DM_GIT_BAD_PATH', { path })
  return prefix + path
}
