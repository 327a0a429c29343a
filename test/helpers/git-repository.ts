import { execFile } from 'node:child_process'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { commitFiles } from './commit-files.ts'
import { gitTestEnvironment } from './git-test-environment.ts'

const run = promisify(execFile)

/** Path from the root -> content. */
export type FileMap = Readonly<Record<string, string | Buffer>>

/** A real git repository in a folder. */
export interface TestRepository {
  readonly folder: string
  /** Runs git in it and returns its stdout without the last newline; rejects where git fails. */
  readonly git: (...args: string[]) => Promise<string>
  /** Writes files into the work tree. */
  readonly write: (files: FileMap) => Promise<void>
  /** Writes files, commits everything there is, and returns the commit's hash. */
  readonly commit: (message: string, files?: FileMap) => Promise<string>
}

/** The repository that is in a folder already, such as a clone or a linked work tree. */
export function testRepository(folder: string): TestRepository {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('git', args, {
      cwd: folder,
      env: gitTestEnvironment,
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout.replace(/\n$/, '')
  }
  const write = (files: FileMap): Promise<void> => writeFiles(folder, files)
  const commit = async (message: string, files: FileMap = {}): Promise<string> => {
    await write(files)
    await git('add', '--all')
    await git('commit', '--quiet', '--allow-empty', '-m', message)
    return git('rev-parse', 'HEAD')
  }
  return { folder, git, write, commit }
}

/** Makes an empty repository with the branch `main` and an identity of its own. */
export async function createRepository(
  folder: string,
  { bare = false, objectFormat = 'sha1' }: { bare?: boolean; objectFormat?: string } = {},
): Promise<TestRepository> {
  await mkdir(folder, { recursive: true })
  const repository = testRepository(folder)
  const kind = [...(bare ? ['--bare'] : []), `--object-format=${objectFormat}`]
  await repository.git('init', '--quiet', withoutTemplate, ...kind, '-b', 'main')
  await setUp(bare ? folder : path.join(folder, '.git'))
  return repository
}

/** Clones a folder or URL; `options` are those of `git clone`. */
export async function cloneRepository(
  source: string,
  folder: string,
  options: readonly string[] = [],
): Promise<TestRepository> {
  const args = ['clone', '--quiet', withoutTemplate, ...options, source, folder]
  await run('git', args, { env: gitTestEnvironment })
  await setUp(options.includes('--bare') ? folder : path.join(folder, '.git'))
  return testRepository(folder)
}

/**
 * A bare remote whose `main` has one commit with these files, and a clone of it.
 *
 * Both are made in the given folder: `remote.git` and `work`.
 */
export async function createRemoteAndClone(
  folder: string,
  files: FileMap,
): Promise<{ remote: TestRepository; work: TestRepository }> {
  const remote = await createRepository(path.join(folder, 'remote.git'), { bare: true })
  const begin = { ref: 'refs/heads/main', from: null, message: 'Begin', time: new Date() }
  await commitFiles(remote.folder, [{ ...begin, files }])
  const work = await cloneRepository(remote.folder, path.join(folder, 'work'))
  return { remote, work }
}

/** Makes the bare repository refuse every push with these words. */
export async function denyPushes(bareFolder: string, words: string): Promise<void> {
  const hook = `#!/bin/sh\ncat >/dev/null\necho '${words}' >&2\nexit 1\n`
  await writeFile(path.join(bareFolder, 'hooks', 'pre-receive'), hook, { mode: 0o755 })
}

/** All that a repository holds, reachable or not, as git prints it. */
export async function readGitObjects(folder: string): Promise<Buffer> {
  const { stdout } = await run('git', ['cat-file', '--batch', '--batch-all-objects'], {
    cwd: folder,
    env: gitTestEnvironment,
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

/** No sample hooks: to write and to remove them takes longer than all else. */
const withoutTemplate = '--template='

/** What a repository has from git's template, and an identity, without a process for each. */
async function setUp(gitFolder: string): Promise<void> {
  await mkdir(path.join(gitFolder, 'hooks'))
  const identity = '[user]\n\tname = Ada Test\n\temail = ada@example.org\n'
  await appendFile(path.join(gitFolder, 'config'), identity)
}

async function writeFiles(folder: string, files: FileMap): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}
