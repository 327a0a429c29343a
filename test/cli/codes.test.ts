import { chmod, chown, mkdir, open, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { definitions, type ErrorCode } from '../../lib/errors/definitions.ts'
import { commitFiles } from '../helpers/commit-files.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import {
  createDatabase,
  createDatabaseWithTail,
  createTemoaDatabase,
} from '../helpers/databases.ts'
import { dmHere } from '../helpers/dm-here.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { repositoryState } from '../helpers/repository-state.ts'
import { STRANGER, withoutPrivileges } from '../helpers/without-privileges.ts'

const test = suite('codes, as a user meets them')

type Env = Readonly<Record<string, string>>

/** It must end with that code and its exit code, and say something of both. */
async function meets(code: ErrorCode, cwd: string, args: string[], env: Env = {}): Promise<string> {
  const run = await dmHere(cwd, args, env)
  assert.equal([run.code, run.exit], [code, definitions[code].exit], run.message)
  assert.ok(run.message !== '' && run.hint !== '', code)
  return `${run.message} ${run.hint}`
}

/** Overwrites bytes of a file. */
async function patch(file: string, position: number, bytes: number[]): Promise<string> {
  const handle = await open(file, 'r+')
  await handle.write(Buffer.from(bytes), 0, bytes.length, position)
  await handle.close()
  return file
}

/** A folder for PATH with programs: a script, or null for the one of this machine. */
async function programs(
  folder: string,
  scripts: Readonly<Record<string, string | null>>,
): Promise<Env> {
  const bin = path.join(folder, Object.entries(scripts).join('-').replaceAll(/\W+/g, '-'))
  await mkdir(bin)
  for (const [name, script] of Object.entries(scripts)) {
    const found = (process.env['PATH'] ?? '').split(':').map((one) => path.join(one, name))
    const call = script ?? `for p in ${found.join(' ')}; do [ -x $p ] && exec $p "$@"; done`
    await writeFile(path.join(bin, name), `#!/bin/sh\n${call}\n`, { mode: 0o755 })
  }
  return { PATH: bin }
}

test('of files and databases, and of the programs that read them', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    const database = (name: string): Promise<string> => createTemoaDatabase(folder, name)
    const prepare = (code: ErrorCode, file: string, env?: Env): Promise<string> =>
      meets(code, work.folder, ['prepare', 'model.sqlite', file], env)
    const good = await database('good.sqlite')
    await prepare('DM_DATABASE_HEADER', await patch(await database('header.sqlite'), 16, [3, 7]))
    await prepare('DM_DATABASE_TRAILING', await createDatabaseWithTail(folder, 'rubbish'))
    await prepare(
      'DM_DATABASE_DAMAGED',
      await patch(await database('damaged.sqlite'), 4096, Array<number>(64).fill(0xff)),
    )
    const broken = `CREATE TABLE t(a); PRAGMA writable_schema=ON;
      UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a TOMORROW('`
    const newer = await createDatabase(folder, 'newer.sqlite', broken)
    // Bytes 96 to 99: the version of SQLite that wrote it, 3.999.0.
    await prepare('DM_DATABASE_NEWER', await patch(newer, 96, [0, 61, 4, 248]))
    await prepare('DM_SQLITE_MISSING', good, await programs(folder, { git: null }))
    const old =
      'case $1 in -version) echo 3.20.1;; *) echo "Error: unknown option" >&2; exit 1;; esac'
    await prepare('DM_SQLITE_TOO_OLD', good, await programs(folder, { git: null, sqlite3: old }))
    const fails = 'case $1 in -version) echo 3.50.1;; *) echo "Error: no luck" >&2; exit 1;; esac'
    const failing = await programs(folder, { git: null, sqlite3: fails })
    assert.match(await prepare('DM_SQLITE_FAILED', good, failing), 'no luck')
    const endless = 'yes 0123456789012345678901234567890123456789'
    await prepare(
      'DM_SQLITE_OUTPUT',
      good,
      await programs(folder, { git: null, sqlite3: `PATH=/usr/bin:/bin; ${endless}` }),
    )
    await chmod(folder, 0o755)
    await chmod(good, 0o000)
    await withoutPrivileges(() => prepare('DM_FILE_UNREADABLE', good))
  }))

test('of git: the program, the repository, its settings', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder, {
      'manifest.json': '[]\n',
      'folder/x': 'x',
      'README.md': 'x',
    })
    const file = await createTemoaDatabase(folder)
    const prepare = ['prepare', 'model.sqlite', file]
    await meets('DM_GIT_MISSING', work.folder, ['list'], { PATH: path.join(folder, 'none') })
    const old = 'case "$*" in *version) echo git version 2.20.1;; *) exit 129;; esac'
    await meets('DM_GIT_TOO_OLD', work.folder, ['list'], await programs(folder, { git: old }))
    const configured = async (code: ErrorCode, config: object, args: string[]): Promise<string> => {
      await work.write({ 'datamanager.config.json': JSON.stringify(config) })
      return meets(code, work.folder, args)
    }
    await configured('DM_GIT_UNKNOWN_REMOTE', { git: { remote: 'upstream' } }, ['list'])
    await configured('DM_GIT_NO_BASE', { git: { base: 'trunk' } }, ['publish'])
    await configured('DM_GIT_NOT_A_FILE', { manifest: 'folder' }, ['list'])
    await configured('DM_GIT_PATH_BLOCKED', { manifest: 'README.md/m.json' }, prepare)
    await rm(path.join(work.folder, 'datamanager.config.json'))
    await work.git('push', '--quiet', 'origin', 'main:refs/heads/data')
    await meets('DM_GIT_BRANCH_BLOCKED', work.folder, prepare)
    await work.git('push', '--quiet', 'origin', ':refs/heads/data')
    await work.git('config', 'commit.gpgsign', 'true')
    await work.git('config', 'gpg.program', 'false')
    await meets('DM_GIT_SIGNING_FAILED', work.folder, prepare)
    await work.git('config', 'commit.gpgsign', 'false')
    for (const name of ['user.name', 'user.email']) await work.git('config', '--unset', name)
    await work.git('config', 'user.useConfigOnly', 'true')
    await meets('DM_GIT_NO_IDENTITY', work.folder, prepare)
    if (process.geteuid?.() === 0) {
      await chown(work.folder, STRANGER, STRANGER)
      await meets('DM_GIT_UNSAFE_DIRECTORY', work.folder, ['list'])
    }
  }))

test('of a repository without a remote, where the base is moved', () =>
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    await work.commit('Begin', { 'manifest.json': '[]\n' })
    const file = await createTemoaDatabase(folder)
    assert.is((await dmHere(work.folder, ['prepare', 'model.sqlite', file])).exit, 0)
    await work.git('merge', '--quiet', 'data/model-v1')
    const lock = path.join(work.folder, '.git/index.lock')
    await writeFile(lock, '')
    await meets('DM_GIT_WORK_TREE_BUSY', work.folder, ['publish'])
    await rm(lock)
    await work.git('switch', '--quiet', '--detach')
    await writeFile(path.join(work.folder, '.git/refs/heads/main.lock'), '')
    await meets('DM_GIT_REF_LOCKED', work.folder, ['publish'])
  }))

test('of branches that hold other work, and what the hints advise', () =>
  inFolder(async (folder) => {
    const { work, remote } = await createDataRepository(folder)
    const prepare = ['prepare', 'model.sqlite', await createTemoaDatabase(folder)]
    const { sha256 } = (await dmHere(work.folder, [...prepare, '--dry-run'])).document
    const name = 'data/model-v1'
    const digits = `${name}-${String(sha256).slice(0, 8)}`
    const occupy = (...names: string[]): Promise<void> =>
      commitFiles(
        remote.folder,
        names.map((one) => {
          return { ref: `refs/heads/${one}`, from: 'refs/heads/main^0', files: { [one]: '' } }
        }),
      )
    const store = path.join(work.folder, '.git/datamanager/store')
    const state = async (): Promise<unknown[]> => [
      await repositoryState(work),
      await remote.git('for-each-ref'),
      await readdir(store).catch(() => []),
    ]
    const settles = async (branch: string): Promise<void> => {
      const { document, message } = await dmHere(work.folder, prepare)
      assert.is(document['branch'], branch, message)
      assert.is(await remote.git('rev-parse', branch), document['commit'])
    }
    await occupy(name, digits)
    const before = await state()
    for (const more of [[], ['--dry-run']]) {
      const said = await meets('DM_BRANCH_TAKEN', work.folder, [...prepare, ...more])
      assert.match(said, `'${name}' and '${digits}'`)
    }
    assert.equal(await state(), before)
    // One is deleted; one is merged.
    await remote.git('update-ref', '-d', `refs/heads/${digits}`)
    await settles(digits)
    await occupy(digits)
    await meets('DM_BRANCH_TAKEN', work.folder, prepare)
    await remote.git('update-ref', 'refs/heads/main', name)
    await settles(name)
    // Somebody is faster: the hook runs before the branch is written.
    for (const one of [name, digits]) await remote.git('update-ref', '-d', `refs/heads/${one}`)
    const race = [
      'cat >/dev/null',
      'unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES',
      `git update-ref refs/heads/${name} $(git commit-tree -p main -m Race main^{tree})`,
    ]
    const hook = path.join(remote.folder, 'hooks/pre-receive')
    await writeFile(hook, ['#!/bin/sh', ...race].join('\n'), { mode: 0o755 })
    assert.match(await meets('DM_BRANCH_MOVED', work.folder, prepare), `'${name}'`)
    assert.is(await remote.git('log', '-1', '--format=%s', name), 'Race')
    await rm(hook)
    await settles(digits)
  }))

test('of the manifest and the store', () =>
  inFolder(async (folder) => {
    const sha256 = 'a'.repeat(64)
    const entry = {
      version: 'v1',
      timestamp: '2026-01-02T03:04:05Z',
      sha256,
      r2_object_key: `m/v1-${sha256}.sqlite`,
      commit: 'abcdef1',
      description: 'x',
    }
    const { work } = await createDataRepository(folder, {
      'manifest.json': JSON.stringify([
        { fileName: 'marked.sqlite', status: 'pending-deletion', history: [entry] },
        { fileName: 'moved.sqlite', bucket: 'old', history: [entry] },
        { fileName: 'gone.sqlite', history: [entry] },
      ]),
    })
    const file = await createTemoaDatabase(folder)
    const prepare = (name: string): string[] => ['prepare', name, file]
    await meets('DM_UNKNOWN_COMMAND', work.folder, ['publsh'])
    await meets('DM_UNKNOWN_COMMAND', work.folder, ['graph', 'publsh'])
    await meets('DM_DATASET_MARKED', work.folder, prepare('marked.sqlite'))
    await meets('DM_BUCKET_GONE', work.folder, prepare('moved.sqlite'))
    await meets('DM_STORE_NOT_FOUND', work.folder, ['pull', 'gone.sqlite'])
    const store = path.join(folder, 'store')
    const storage = { type: 'folder', path: store }
    const config = { storage, compression: false }
    await work.write({ 'datamanager.config.json': JSON.stringify(config) })
    await mkdir(path.join(folder, 'elsewhere'))
    await mkdir(store)
    await symlink('../elsewhere', path.join(store, 'production'))
    await mkdir(path.join(folder, 'elsewhere/m'))
    await meets('DM_STORE_SYMLINK', work.folder, ['pull', 'gone.sqlite'])
    await rm(store, { recursive: true })
    const { document } = await dmHere(work.folder, [...prepare('new.sqlite'), '--dry-run'])
    const staged = path.join(store, 'staging', (document['staged'] as { key: string }).key)
    await mkdir(path.dirname(staged), { recursive: true })
    await writeFile(staged, 'other')
    await meets('DM_STORE_CONFLICT', work.folder, prepare('new.sqlite'))
    await rm(store, { recursive: true })
    await writeFile(store, 'no folder')
    await meets('DM_STORE_FAILED', work.folder, prepare('new.sqlite'))
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n'
    await work.commit('Point', { 'manifest.json': pointer })
    await work.git('push', '--quiet', 'origin', 'main')
    const said = await meets('DM_MANIFEST_LFS_POINTER', work.folder, ['publish'])
    assert.match(said, 'git lfs untrack manifest.json')
  }))

test('of the config, the environment, and the steps of a team', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder, { 'manifest.json': '[]\n' })
    const step = (run: string): string => `
      const step = { kind: 'step', id: 'own', title: 'Own', needs: [], provides: [], required: false,
        mutates: false, mayEnd: false, run: ${run} }
      export default { pipelines: { list: (g) => g.before('list-datasets', step) } }`
    await work.write({
      '../facts.mjs': step('() => ({ a: 1 })'),
      '../fails.mjs': step('() => { throw new Error("no luck") }'),
    })
    await meets('DM_STEP_FACTS', work.folder, ['list', '--config', '../facts.mjs'])
    await meets('DM_STEP_FAILED', work.folder, ['list', '--config', '../fails.mjs'])
    await work.write({ 'datamanager.config.toml': 'x' })
    await meets('DM_CONFIG_UNREADABLE', work.folder, ['list'])
    await work.write({ 'datamanager.config.json': '{}' })
    await meets('DM_CONFIG_SEVERAL', work.folder, ['list'])
    await rm(path.join(work.folder, 'datamanager.config.toml'))
    await symlink('.env', path.join(work.folder, '.env'))
    await meets('DM_ENV_FILE', work.folder, ['list'])
    await rm(path.join(work.folder, '.env'))
    const endpoint = 'http://127.0.0.1:1'
    const storage = { type: 's3', endpoint, region: 'auto' }
    await work.write({ 'datamanager.config.json': JSON.stringify({ storage }) })
    const env = { AWS_ACCESS_KEY_ID: 'a key', AWS_SECRET_ACCESS_KEY: 'x' }
    const file = await createTemoaDatabase(folder)
    await meets('DM_ENVIRONMENT_INVALID', work.folder, ['prepare', 'm.sqlite', file], env)
  }))

test.run()
