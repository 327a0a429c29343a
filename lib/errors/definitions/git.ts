import { shellQuote } from '../../format/text.ts'
import { define } from '../define.ts'

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.slice(0, 20).join(', ')

const words = (detail: string): string => (detail === '' ? '' : ` Git says:\n${detail}`)

/** What keeps a work tree from following its branch, besides being in the middle of something. */
const busy: Readonly<
  Record<string, Record<'what' | 'remedy', (workTree: string, detail: string) => string>>
> = {
  lock: {
    what: (workTree, detail) => `another git command works in ${workTree} (it holds ${detail})`,
    remedy: (_, detail) =>
      `Wait until it has ended, then run the command again. If none is running, remove ${detail}`,
  },
  gone: {
    what: (workTree) => `it is checked out in the worktree ${workTree}, whose folder is gone`,
    remedy: () =>
      `Bring the folder back, or run: git worktree prune (of a locked one: git worktree unlock, first)`,
  },
  changes: {
    what: (workTree, detail) => `${workTree} has uncommitted changes of ${detail}`,
    remedy: () => 'Commit, stash or undo them, then run the command again.',
  },
}

/** Failures of finding, reading and writing the git repository and its remote. */
export const gitErrors = {
  DM_GIT_MISSING: define<object>({
    exit: 1,
    message: () => 'The program git was not found.',
    hint: () => 'Install git 2.33 or newer and make sure that it is on the PATH.',
  }),
  DM_GIT_TOO_OLD: define<{ version: string }>({
    exit: 1,
    message: ({ version }) => `git ${version} is too old.`,
    hint: () => 'Install git 2.33 or newer.',
  }),
  DM_GIT_NO_REPOSITORY: define<{ folder: string; detail: string }>({
    exit: 2,
    message: ({ folder, detail }) => `${folder} is in no git repository.${words(detail)}`,
    hint: () => 'Change to your data repository, or make one here: dm init',
  }),
  DM_GIT_UNSAFE_DIRECTORY: define<{ root: string }>({
    exit: 2,
    message: ({ root }) =>
      `Git refuses to work in ${root}, because the folder belongs to another user.`,
    hint: ({ root }) =>
      `If you trust its content, run: git config --global --add safe.directory ${shellQuote(root)}`,
  }),
  DM_GIT_UNKNOWN_REMOTE: define<{ remote: string; remotes: readonly string[] }>({
    exit: 2,
    message: ({ remote, remotes }) =>
      `The repository has no remote '${remote}', only: ${listed(remotes)}.`,
    hint: () => `Set 'git.remote' in the config to the one where the data repository lives.`,
  }),
  DM_GIT_BAD_NAME: define<{ what: string; name: string }>({
    exit: 2,
    message: ({ what, name }) => `${JSON.stringify(name)} cannot be the name of a ${what}.`,
    hint: () => `Choose a name that 'git check-ref-format --branch' accepts.`,
  }),
  DM_GIT_BAD_PATH: define<{ path: string }>({
    exit: 2,
    message: ({ path }) => `${JSON.stringify(path)} is no path inside the repository.`,
    hint: () => `Use a relative path with '/' and without '.', '..' or control characters.`,
  }),
  DM_GIT_BAD_COMMIT: define<{ commit: string }>({
    exit: 1,
    message: ({ commit }) => `${JSON.stringify(commit)} is no full commit hash.`,
    hint: () => 'Give the whole hash as git prints it.',
  }),
  DM_GIT_REMOTE_UNREACHABLE: define<{ remote: string; detail: string }>({
    exit: 1,
    message: ({ remote, detail }) => `The remote '${remote}' does not answer.${words(detail)}`,
    hint: ({ remote }) =>
      `See whether 'git ls-remote ${shellQuote(remote)}' works here: the address, the network, and credentials that need no prompt (a credential helper or an SSH agent).`,
  }),
  DM_GIT_FETCH_FAILED: define<{ remote: string; detail: string }>({
    exit: 1,
    message: ({ remote, detail }) =>
      `The remote '${remote}' answers, but what it has cannot be fetched into this repository.${words(detail)}`,
    hint: ({ remote }) =>
      `See what is in the way here: a lock file of a git that was killed (remove it), a folder that you may not write to or a full disk, an old branch of another name (git remote prune ${remote}).`,
  }),
  DM_GIT_NO_BASE: define<{
    base: string
    remote: string | null
    branches: readonly string[]
    localBase: boolean
  }>({
    exit: 2,
    message: ({ base, remote, branches }) =>
      `There is no branch '${base}'${remote === null ? '' : ` on the remote '${remote}'`}; there are: ${listed(branches)}.`,
    hint: ({ base, remote, localBase }) =>
      remote !== null && localBase
        ? `Push it: git push ${shellQuote(remote)} ${shellQuote(base)} - or set 'git.base' in the config to the branch that counts.`
        : `Set 'git.base' in the config to the branch that counts.`,
  }),
  DM_GIT_SHALLOW: define<{ base: string; detail: string }>({
    exit: 1,
    message: ({ base, detail }) =>
      `The history of '${base}' is cut off: this is a shallow clone.${words(detail)}`,
    hint: () => 'Fetch the rest: git fetch --unshallow (in GitHub Actions: fetch-depth: 0).',
  }),
  DM_GIT_NOT_A_FILE: define<{ path: string; commit: string; kind: string }>({
    exit: 3,
    message: ({ path, commit, kind }) =>
      `${path} in commit ${commit.slice(0, 7)} is a ${kind}, not a file.`,
    hint: ({ path }) => `Replace ${path} by a regular file and commit it.`,
  }),
  DM_GIT_FILE_TOO_LARGE: define<{ path: string; commit: string; bytes: number; limit: number }>({
    exit: 3,
    message: ({ path, commit, bytes, limit }) =>
      `${path} in commit ${commit.slice(0, 7)} has ${bytes} bytes; at most ${limit} are read.`,
    hint: ({ path }) =>
      `See what ${path} is: what dm writes is never that large. The config can name another path.`,
  }),
  DM_GIT_PATH_BLOCKED: define<{ path: string; blocker: string; kind: string }>({
    exit: 1,
    message: ({ path, blocker, kind }) =>
      `${path} cannot be committed: ${blocker} is a ${kind} on the branch.`,
    hint: ({ blocker }) => `Move ${blocker} out of the way on the base branch.`,
  }),
  DM_GIT_NO_IDENTITY: define<{ detail: string }>({
    exit: 2,
    message: ({ detail }) => `Git does not know who you are.${words(detail)}`,
    hint: () =>
      `Run:\n  git config --global user.name 'Your Name'\n  git config --global user.email 'you@example.org'`,
  }),
  DM_GIT_SIGNING_FAILED: define<{ detail: string }>({
    exit: 1,
    message: ({ detail }) =>
      `'commit.gpgsign' is set, but signing the commit failed.${words(detail)}`,
    hint: () =>
      `Check 'user.signingkey' and 'gpg.format' with: git commit -S --allow-empty - or turn 'commit.gpgsign' off for this repository.`,
  }),
  DM_GIT_BRANCH_BLOCKED: define<{ branch: string; blocker: string; remote: string | null }>({
    exit: 2,
    message: ({ branch, blocker, remote }) =>
      `The branch '${branch}' cannot be made, because ${remote === null ? 'there' : `the remote '${remote}'`} ${remote === null ? 'is' : 'has'} a branch '${blocker}'.`,
    hint: ({ blocker, remote }) =>
      remote === null
        ? `Rename it: git branch -m ${shellQuote(blocker)} ${shellQuote(`${blocker}-old`)}`
        : `Rename it: git push ${shellQuote(remote)} ${shellQuote(`${remote}/${blocker}:refs/heads/${blocker}-old`)} ${shellQuote(`:refs/heads/${blocker}`)}`,
  }),
  DM_GIT_BRANCH_CHECKED_OUT: define<{ branch: string; workTree: string }>({
    exit: 2,
    message: ({ branch, workTree }) =>
      `The branch '${branch}' is checked out in ${workTree}, so it is not moved.`,
    hint: ({ workTree }) =>
      `Check out another branch there: git -C ${shellQuote(workTree)} switch --detach`,
  }),
  DM_GIT_WORK_TREE_BUSY: define<{
    branch: string
    workTree: string
    state: string
    detail: string
  }>({
    exit: 1,
    message: ({ branch, workTree, state, detail }) =>
      `The branch '${branch}' is not moved, since ${busy[state]?.what(workTree, detail) ?? `${workTree} is in the middle of a ${state}`}.`,
    hint: ({ workTree, state, detail }) =>
      busy[state]?.remedy(workTree, detail) ??
      `Finish it or give it up (git -C ${shellQuote(workTree)} status says how), then run the command again.`,
  }),
  DM_GIT_REF_LOCKED: define<{ branch: string; detail: string }>({
    exit: 1,
    message: ({ branch, detail }) =>
      `The branch '${branch}' cannot be moved now; nothing has changed.${words(detail)}`,
    hint: () =>
      'Wait until other git commands have ended, then run the command again. If none is running, remove the lock file that git names.',
  }),
  DM_GIT_NOT_FAST_FORWARD: define<{ branch: string; commit: string; expected: string }>({
    exit: 1,
    message: ({ branch, commit, expected }) =>
      `Commit ${commit.slice(0, 7)} does not continue ${expected.slice(0, 7)}, the tip of '${branch}'; nothing was pushed.`,
    hint: () => 'Run the command again.',
  }),
  DM_GIT_PUSH_UNKNOWN: define<{ branch: string; remote: string; detail: string }>({
    exit: 1,
    message: ({ branch, remote, detail }) =>
      `The connection to '${remote}' broke while '${branch}' was pushed; whether it arrived is unknown.${words(detail)}`,
    hint: () => 'Run the same command again: it finds out and continues.',
  }),
  DM_GIT_FAILED: define<{ command: string; detail: string }>({
    exit: 1,
    message: ({ command, detail }) => `'git ${command}' failed.${words(detail)}`,
    hint: () => 'Run the command again with -v to see the cause.',
  }),
}
