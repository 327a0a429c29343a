import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { readGitText } from './read-git.ts'
import type { Repository } from './repository.ts'

/** What a work tree is in the middle of, by what git keeps in its git folder meanwhile. */
const states = [
  ['index.lock', 'lock'],
  ['HEAD.lock', 'lock'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['sequencer', 'cherry-pick'],
] as const

/**
 * The folders in which a local branch is checked out, each ready to follow it.
 *
 * Throws DM_GIT_WORK_TREE_BUSY where one is in the middle of something that would end in a commit
 * without what the branch has got meanwhile, where a rebase will put the branch elsewhere, and where
 * a folder is gone: it may come back as it was.
 */
export async function workTreesOn(
  repository: Repository,
  branch: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const ref = `refs/heads/${branch}`
  const busy = (workTree: string, state: string, detail = ''): DmError =>
    new DmError('DM_GIT_WORK_TREE_BUSY', { branch, workTree, state, detail })
  const folders = await listFolders(repository, ref, signal)
  for (const folder of folders) {
    if (!(await exists(folder))) throw busy(folder, 'gone')
    const place = { cwd: folder, env: repository.env }
    const gitDir = await readGitText(place, ['rev-parse', '--absolute-git-dir'], { signal })
    for (const [name, state] of states) {
      const file = path.join(gitDir, name)
      if (await exists(file)) throw busy(folder, state, state === 'lock' ? file : '')
    }
  }
  // Meanwhile, nothing is checked out there.
  for (const gitDir of await gitDirs(repository.commonDir)) {
    if (await willRebase(gitDir, ref)) throw busy(await folderOf(gitDir, repository), 'rebase')
  }
  return folders
}

/**
 * Throws DM_GIT_BRANCH_CHECKED_OUT where a local branch is checked out, and DM_GIT_WORK_TREE_BUSY as
 * `workTreesOn`.
 */
export async function verifyNotCheckedOut(
  repository: Repository,
  branch: string,
  signal?: AbortSignal,
): Promise<void> {
  const [workTree] = await workTreesOn(repository, branch, signal)
  if (workTree !== undefined) throw new DmError('DM_GIT_BRANCH_CHECKED_OUT', { branch, workTree })
}

async function listFolders(
  repository: Repository,
  ref: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const output = await readGitText(repository, ['worktree', 'list', '--porcelain'], { signal })
  // An empty line ends each; a line is `<label> <value>`.
  return output.split('\n\n').flatMap((block) => {
    const lines = block.split('\n')
    const folder = lines[0]?.replace(/^worktree /, '')
    return folder !== undefined && lines.includes(`branch ${ref}`) ? [folder] : []
  })
}

/** The git folders of all work trees: the common one, and that of each linked one. */
async function gitDirs(commonDir: string): Promise<string[]> {
  const linked = path.join(commonDir, 'worktrees')
  const names = await readdir(linked).catch(() => [])
  return [commonDir, ...names.map((name) => path.join(linked, name))]
}

/** Whether a rebase that has not ended moves the branch at its end. */
async function willRebase(gitDir: string, ref: string): Promise<boolean> {
  const files = ['rebase-merge/head-name', 'rebase-apply/head-name', 'rebase-merge/update-refs']
  const texts = files.map((file) => readFile(path.join(gitDir, file), 'utf8').catch(() => ''))
  return (await Promise.all(texts)).some((text) => text.split('\n').includes(ref))
}

async function folderOf(gitDir: string, { commonDir }: Repository): Promise<string> {
  if (gitDir === commonDir) return path.dirname(commonDir)
  const link = await readFile(path.join(gitDir, 'gitdir'), 'utf8').catch(() => gitDir)
  return path.dirname(path.resolve(gitDir, link.trim()))
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
