import { createHash } from 'node:crypto'
import { glob, lstat, readdir, readFile, readlink } from 'node:fs/promises'
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
  for (const file of await filesOf(folder)) {
    const target = await readlink(file).catch(() => null)
    lines.push(`${path.relative(folder, file)} ${target ?? (await hashOf(file))}`)
  }
  return lines.join('\n')
}

/** All that is no folder, but for what is git's. */
async function filesOf(folder: string): Promise<string[]> {
  const top = (await readdir(folder)).filter((name) => name !== '.git')
  const found = await Promise.all(
    top.map(async (name) => {
      const place = path.join(folder, name)
      if (!(await lstat(place)).isDirectory()) return [place]
      const below = await readdir(place, { recursive: true, withFileTypes: true })
      return below
        .filter((entry) => !entry.isDirectory())
        .map((entry) => path.join(entry.parentPath, entry.name))
    }),
  )
  return found.flat()
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
