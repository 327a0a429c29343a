import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Path from the root -> content. */
export type FileMap = Readonly<Record<string, string | Buffer>>

/**
 * An environment for git that knows nothing of this machine's and its user's settings; give it to
 * the code under test as well. There is no identity in it.
 */
export const gitTestEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  // For the processes of dm that tests start: several hundred, and dm itself finds no home here.
  NODE_COMPILE_CACHE: path.join(import.meta.dirname, '../../node_modules/.cache/compiled'),
  // To look at a repository must not change its index.
  GIT_OPTIONAL_LOCKS: '0',
}

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
  const kind = bare ? ['--bare'] : []
  await repository.git('init', '--quiet', ...kind, '-b', 'main', `--object-format=${objectFormat}`)
  await setIdentity(repository)
  return repository
}

/** Clones a folder or URL; `options` are those of `git clone`. */
export async function cloneRepository(
  source: string,
  folder: string,
  options: readonly string[] = [],
): Promise<TestRepository> {
  await run('git', ['clone', '--quiet', ...options, source, folder], { env: gitTestEnvironment })
  const repository = testRepository(folder)
  await setIdentity(repository)
  return repository
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
  const work = await cloneRepository(remote.folder, path.join(folder, 'work'))
  await work.commit('Begin', files)
  await work.git('push', '--quiet', '-u', 'origin', 'main')
  return { remote, work }
}

/** Makes the bare repository refuse every push with these words. */
export async function denyPushes(bareFolder: string, words: string): Promise<void> {
  const hook = `#!/bin/sh\ncat >/dev/null\necho '${words}' >&2\nexit 1\n`
  await writeFile(path.join(bareFolder, 'hooks', 'pre-receive'), hook, { mode: 0o755 })
}

async function setIdentity({ git }: TestRepository): Promise<void> {
  await git('config', 'user.name', 'Ada Test')
  await git('config', 'user.email', 'ada@example.org')
}

async function writeFiles(folder: string, files: FileMap): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}
