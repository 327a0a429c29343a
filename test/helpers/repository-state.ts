import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { TestRepository } from './git-repository.ts'

/**
 * Everything of a checkout that belongs to its user: work tree, index, local branches, HEAD. Two
 * equal texts mean that nothing of it was touched.
 */
export async function repositoryState({ git, folder }: TestRepository): Promise<string> {
  const parts = [
    await git('status', '--porcelain=v2', '--untracked-files=all'),
    await git('diff'),
    await git('diff', '--cached'),
    await git('for-each-ref', 'refs/heads', 'refs/tags'),
    await git('symbolic-ref', 'HEAD'),
    await git('stash', 'list'),
    createHash('sha256')
      .update(await readFile(path.join(folder, '.git/index')).catch(() => ''))
      .digest('hex'),
  ]
  return parts.join('\n--\n')
}
