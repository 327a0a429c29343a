import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import {
  createDatabaseWithHotJournal,
  createDatabaseWithLog,
  createTemoaDatabase,
  createTruncatedDatabase,
  sqlite,
} from '../helpers/databases.ts'
import { dm } from '../helpers/dm.ts'
import { dmFailure, dmJson } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { repositoryState } from '../helpers/repository-state.ts'

const test = suite('bad input')

interface Scene extends DataRepository {
  readonly folder: string
  readonly file: string
  /** Runs what must fail so, and asserts that nothing was touched, staged or pushed. */
  readonly refused: (exit: number, code: string, ...args: string[]) => Promise<string>
}

function onRepository(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const repository = await createDataRepository(folder)
      const file = await createTemoaDatabase(folder)
      const { work, remote } = repository
      const refused: Scene['refused'] = async (exit, code, ...args) => {
        const before = [await repositoryState(work), await remote.git('for-each-ref')]
        const { message, hint } = await dmFailure(work.folder, args, { exit, code })
        const after = [await repositoryState(work), await remote.git('for-each-ref')]
        assert.equal(after, before)
        const kept = await readdir(path.join(work.folder, '.git/datamanager')).catch(() => [])
        const stores = kept.filter((name) => name !== 'references')
        assert.equal(stores, [])
        return `${message} ${hint}`
      }
      await body({ ...repository, folder, file, refused })
    })
}

test(
  'what is no whole database is refused before anything is uploaded',
  onRepository(async ({ folder, refused }) => {
    const prepare = (name: string): string[] => ['prepare', 'model.sqlite', path.join(folder, name)]
    await writeFile(path.join(folder, 'empty'), '')
    await writeFile(path.join(folder, 'text'), 'id,name\n1,wind\n')
    await createTruncatedDatabase(folder, 5000)
    const log = await createDatabaseWithLog(folder)
    const hot = await createDatabaseWithHotJournal(folder)
    assert.match(await refused(2, 'DM_FILE_MISSING', ...prepare('nothing')), 'nothing')
    assert.match(await refused(2, 'DM_FILE_NOT_REGULAR', ...prepare('.')), 'a folder')
    assert.match(await refused(3, 'DM_DATABASE_EMPTY', ...prepare('empty')), 'empty')
    assert.match(await refused(3, 'DM_DATABASE_NOT_SQLITE', ...prepare('text')), 'text')
    const truncated = await refused(3, 'DM_DATABASE_TRUNCATED', ...prepare('truncated.sqlite'))
    assert.match(truncated, '5000 of')
    const waiting = await refused(3, 'DM_DATABASE_JOURNAL', 'prepare', 'model.sqlite', log)
    assert.match(waiting, 'wal_checkpoint')
    await refused(3, 'DM_DATABASE_JOURNAL', 'prepare', 'model.sqlite', hot)
    // What the message says to do, does it.
    await sqlite(log, 'PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;')
  }),
)

test(
  'the remedy for a write-ahead log works as it is printed',
  onRepository(async ({ work, folder }) => {
    const log = await createDatabaseWithLog(folder)
    const expected = { exit: 3, code: 'DM_DATABASE_JOURNAL' }
    const { hint } = await dmFailure(work.folder, ['prepare', 'model.sqlite', log], expected)
    const statements = /'(PRAGMA wal_checkpoint[^']*)'/.exec(hint)?.[1] ?? ''
    await sqlite(log, statements)
    await dmJson(work.folder, ['prepare', 'model.sqlite', log])
  }),
)

test(
  'bad names, unknown buckets, datasets and versions are usage errors with a suggestion',
  onRepository(async ({ work, file, merge, refused }) => {
    assert.match(await refused(2, 'DM_NAME_INVALID', 'prepare', '../x.sqlite', file), 'x.sqlite')
    assert.match(await refused(2, 'DM_NAME_INVALID', 'prepare', 'x', file), 'x.sqlite')
    const bucket = ['--bucket', 'prodution']
    const unknown = await refused(2, 'DM_UNKNOWN_BUCKET', 'prepare', 'm.sqlite', file, ...bucket)
    assert.match(unknown, 'production')
    await refused(2, 'DM_UNKNOWN_BUCKET', 'prepare', 'm.sqlite', file, '--bucket', 'staging')
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    await merge('data/model-v1')
    const pending = { exit: 2, code: 'DM_NO_PUBLISHED_VERSION' }
    await dmFailure(work.folder, ['pull', 'model.sqlite'], pending)
    const notYet = { exit: 2, code: 'DM_VERSION_PENDING' }
    await dmFailure(work.folder, ['pull', 'model.sqlite@v1'], notYet)
    await dmJson(work.folder, ['publish'])
    const pull = async (code: string, ...args: string[]): Promise<string> => {
      const { message, hint } = await dmFailure(work.folder, ['pull', ...args], { exit: 2, code })
      return message + hint
    }
    assert.match(await pull('DM_UNKNOWN_DATASET', 'modle.sqlite'), 'model.sqlite')
    assert.match(await pull('DM_UNKNOWN_VERSION', 'model.sqlite@v9'), 'v1')
    await pull('DM_USAGE', 'model.sqlite@9')
    await pull('DM_USAGE', 'model.sqlite@v1', '--version', 'v2')
    await pull('DM_REFERENCE_UNKNOWN', 'model.sqlite', '--ref', 'data/none')
    const taken = { exit: 2, code: 'DM_NAME_TAKEN' }
    await dmFailure(work.folder, ['prepare', 'Model.sqlite', file], taken)
    const other = ['prepare', 'model.sqlite', file, '--bucket', 'internal']
    await dmFailure(work.folder, other, { exit: 2, code: 'DM_BUCKET_FIXED' })
  }),
)

test('outside of a git repository the remedy is named', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const expected = { exit: 2, code: 'DM_GIT_NO_REPOSITORY' }
    for (const args of [['prepare', 'model.sqlite', file], ['publish'], ['list']]) {
      assert.match((await dmFailure(folder, args, expected)).hint, 'dm init')
    }
  }))

test('a broken manifest names line, path and reason, and nothing is done', () =>
  inFolder(async (folder) => {
    const entry = {
      version: 'v1',
      timestamp: '2026-01-02T03:04:05Z',
      sha256: 'a'.repeat(64),
      r2_object_key: `m/v1-${'a'.repeat(64)}.sqlite`,
      commit: 'abcdef1',
      description: 'x',
    }
    const dataset = (name: string, history: object[]): object => ({ fileName: name, history })
    const text = (value: object): string => `${JSON.stringify(value, null, 2)}\n`
    const cases = [
      ['[\n  {"fileName": }\n]\n', 'manifest.json in', ':2:16'],
      [
        text([dataset('m.sqlite', [entry]), dataset('M.sqlite', [entry])]),
        'unique',
        '[1].fileName',
      ],
      [text([dataset('m.sqlite', [{ ...entry, sha256: 'xyz' }])]), 'hex', '[0].history[0].sha256'],
      ['<<<<<<< HEAD\n[]\n=======\n', 'conflict', ':1:1'],
    ] as const
    for (const [index, [manifest, reason, place]] of cases.entries()) {
      const { work } = await createDataRepository(path.join(folder, String(index)), {
        'manifest.json': manifest,
      })
      const file = await createTemoaDatabase(folder, `${index}.sqlite`)
      for (const args of [
        ['prepare', 'model.sqlite', file],
        ['publish'],
        ['list'],
        ['pull', 'm'],
      ]) {
        const expected = { exit: 3, code: 'DM_MANIFEST_INVALID' }
        const { message } = await dmFailure(work.folder, args, expected)
        assert.match(message, reason)
        assert.match(message, place)
      }
    }
  }))

test(
  'a bad config names every problem with its fix, and nothing is done',
  onRepository(async ({ work, refused }) => {
    const cases = [
      [
        'export default { manifest: 7, bukets: {} }',
        'DM_CONFIG_INVALID',
        /manifest.*\n.*'buckets'/,
      ],
      ['throw new Error("no luck")', 'DM_CONFIG_THROWS', /no luck/],
      ['export const config = {}', 'DM_CONFIG_NO_EXPORT', /export default/],
      ['export default {', 'DM_CONFIG_THROWS', /config-3\.ts/],
      [
        "export default { pipelines: { prepare: (g) => g.without('hash-file') } }",
        'DM_GRAPH_REQUIRED_STEP',
        /hash-file/,
      ],
      [
        "export default { pipelines: { prepare: (g) => g.without('hash') } }",
        'DM_GRAPH_UNKNOWN_STEP',
        /hash-file/,
      ],
      [
        'export default { pipelines: { prepair: (g) => g } }',
        'DM_CONFIG_UNKNOWN_PIPELINE',
        /prepare/,
      ],
    ] as const
    for (const [index, [text, code, pattern]] of cases.entries()) {
      // Another name each time: node keeps what it has imported.
      const file = `config-${index}.ts`
      await work.write({ [file]: text })
      const said = await refused(2, code, 'prepare', 'm.sqlite', 'x', '--config', file)
      assert.match(said, pattern)
    }
    await refused(2, 'DM_CONFIG_MISSING', '--config', 'none.ts', 'list')
  }),
)

test(
  'a destination that cannot be used keeps the old file, and says why',
  onRepository(async ({ work, folder, file, merge }) => {
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    await merge('data/model-v1')
    await dmJson(work.folder, ['publish'])
    const pull = (code: string, exit: number, output: string): Promise<unknown> =>
      dmFailure(work.folder, ['pull', 'model.sqlite', '-o', output], { exit, code })
    await pull('DM_DESTINATION_UNUSABLE', 1, path.join(folder, 'no/such/folder.sqlite'))
    await pull('DM_DESTINATION_UNUSABLE', 1, '/proc/model.sqlite')
    await mkdir(path.join(folder, 'in', 'model.sqlite'), { recursive: true })
    await pull('DM_DESTINATION_UNUSABLE', 1, path.join(folder, 'in'))
    const old = path.join(folder, 'old.sqlite')
    await writeFile(old, 'an old file')
    await writeFile(`${old}-wal`, 'x')
    await pull('DM_DESTINATION_STALE', 3, old)
    assert.is(await readFile(old, 'utf8'), 'an old file')
  }),
)

test(
  'a database that is written to meanwhile is never staged',
  onRepository(async ({ work, folder, remote }) => {
    const file = await createTemoaDatabase(folder, 'busy.sqlite', 400_000)
    const stop = new AbortController()
    const update = "UPDATE Region SET notes = hex(randomblob(8)) WHERE region = 'north'"
    const write = async (): Promise<void> => {
      // While dm has the file open in SQLite, a writer has to wait.
      while (!stop.signal.aborted) await sqlite(file, update).catch(() => undefined)
    }
    const writer = write()
    const run = await dm(work.folder, ['prepare', 'model.sqlite', file, '--json'])
    stop.abort()
    await writer
    const { code } = run.json()['error'] as { code: string }
    assert.ok(['DM_FILE_CHANGED', 'DM_DATABASE_JOURNAL', 'DM_SQLITE_BUSY'].includes(code), code)
    assert.is(run.exit, code === 'DM_SQLITE_BUSY' ? 1 : 3)
    assert.is(await remote.git('for-each-ref', 'refs/heads/data'), '')
  }),
)

test.run()
