import { createHash } from 'node:crypto'
import { glob, lstat, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import type { TestRepository } from './git-repository.ts'

/**
 * Everything of a checkout that belongs to its user: all that is in the work tree, index, local
 * branches, HEAD. Two equal texts mean that nothing of it was touched. Itself it touches nothing.
 */
export async function repositoryState({ git, folder }: TestRepository): Promise<string> {
  const dotGit = path.join(folder, '.git')
  const isOwn = (await lstat(dotGit)).isDirectory()
  const own = isOwn ? dotGit : await git('rev-parse', '--absolute-git-dir')
  const lines = [
    `HEAD ${await readFile(path.join(own, 'HEAD'), 'utf8')}`,
    `index ${await hashOf(path.join(own, 'index'))}`,
    ...(isOwn ? await localRefs(own) : [await git('for-each-ref', 'refs/heads', 'refs/tags')]),
  ]
  const files = glob('**', {
    cwd: folder,
    withFileTypes: true,
    exclude: ({ name }) => name === '.git',
  })
  for await (const entry of files) {
    const file = path.join(entry.parentPath, entry.name)
    if (entry.isDirectory()) continue
    const content = entry.isSymbolicLink() ? await readlink(file) : await hashOf(file)
    lines.push(`${path.relative(folder, file)} ${content}`)
  }
  return lines.join('\n')
}

/** Without a process for it: loose ones, and those that were packed. */
async function localRefs(gitFolder: string): Promise<string[]> {
  const names = ['refs/heads/**', 'refs/tags/**', 'refs/stash']
  const loose: string[] = []
  for await (const entry of glob(names, { cwd: gitFolder, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const file = path.join(entry.parentPath, entry.name)
    loose.push(`${path.relative(gitFolder, file)} ${await readFile(file, 'utf8')}`)
  }
  const packed = await readFile(path.join(gitFolder, 'packed-refs'), 'utf8').catch(() => '')
  return [
    ...loose.toSorted(),
    ...packed.split('\n').filter((line) => / refs\/(heads|tags)/.test(line)),
  ]
}

async function hashOf(file: string): Promise<string> {
  const content = await readFile(file).catch(() => '')
  return createHash('sha256').update(content).digest('hex')
}
