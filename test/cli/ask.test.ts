import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { dmOnTerminal, keys, type Reply } from '../helpers/terminal.ts'

const test = suite('questions on a terminal')

const { enter, ctrlC, ctrlD } = keys
const hash = 'Temoa commit [hash, matches ^[0-9a-f]{4,7}$]: '
const note = 'note [note] (optional: Enter to leave out): '
const config = `export default { fields: {
  hash: { pattern: '^[0-9a-f]{4,7}$', prompt: 'Temoa commit' },
  note: { optional: true },
} }`

type Prepare = (
  replies: readonly Reply[],
  ...args: string[]
) => Promise<{ exit: number; shown: string }>

interface Scene extends DataRepository {
  readonly folder: string
  readonly file: string
  /** Prepares on a terminal. */
  readonly prepare: Prepare
}

function onScene(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const files = { 'manifest.json': '[]\n', 'datamanager.config.mjs': config }
      const repository = await createDataRepository(folder, files)
      const file = await createTemoaDatabase(folder)
      const prepare: Prepare = (replies, ...args) => {
        const words = args.length > 0 ? args : ['a.sqlite', file]
        return dmOnTerminal(repository.work.folder, ['prepare', ...words], replies)
      }
      await body({ ...repository, folder, file, prepare })
    })
}

test(
  'each answer is checked; what is wrong is said with the rule, and asked again',
  onScene(async ({ prepare, remote }) => {
    const { exit, shown } = await prepare([
      [hash, enter],
      [hash, `xyz${enter}`],
      [hash, `12345678${enter}`],
      [hash, ` 1a2b ${enter}`],
      [note, `windy${enter}`],
    ])
    assert.is(exit, 0, shown)
    const rule = 'type a text that matches ^[0-9a-f]{4,7}$.'
    for (const answer of ['', 'xyz', '12345678']) {
      assert.match(shown, `'${answer}' is not a value for it: ${rule}`)
    }
    assert.not.match(shown, '--field')
    const text = await remote.git('show', 'data/a-v1:manifest.json')
    assert.match(text, '"hash": "1a2b"')
    assert.match(text, '"note": "windy"')
  }),
)

test(
  'what the command line gives is not asked, and an optional answer may be left out',
  onScene(async ({ prepare, remote, file }) => {
    const { exit, shown } = await prepare([[note, enter]], 'a.sqlite', file, '--field', 'hash=1a2b')
    assert.is(exit, 0, shown)
    assert.not.match(shown, hash)
    assert.not.match(await remote.git('show', 'data/a-v1:manifest.json'), '"note"')
  }),
)

test(
  'nothing is asked where the answer would be for nothing',
  onScene(async ({ prepare, folder, file }) => {
    const text = path.join(folder, 'text')
    await writeFile(text, 'no database')
    const graph = `prepare: (g) => g.without('open-repository')`
    for (const [code, ...args] of [
      ['DM_FILE_MISSING', 'a.sqlite', path.join(folder, 'none')],
      ['DM_USAGE', file, 'a.sqlite'],
      ['DM_DATABASE_NOT_SQLITE', 'a.sqlite', text],
      ['DM_FIELD_UNKNOWN', 'a.sqlite', file, '--field', 'hahs=1a2b'],
      ['DM_FIELD_INVALID', 'a.sqlite', file, '--field', 'hash=xyz'],
    ] as const) {
      const { exit, shown } = await prepare([], ...args)
      assert.match(shown, `[${code}]`)
      assert.not.match(shown, 'Temoa commit', code)
      assert.is(exit, code === 'DM_DATABASE_NOT_SQLITE' ? 3 : 2)
    }
    await writeFile(
      path.join(folder, 'work/datamanager.config.mjs'),
      config.replace('fields:', `pipelines: { ${graph} }, fields:`),
    )
    const { shown } = await prepare([])
    assert.match(shown, '[DM_GRAPH_INVALID]')
    assert.not.match(shown, 'Temoa commit')
  }),
)

test(
  'nobody is asked with --yes, with --json, or without a terminal: what has no default fails',
  onScene(async ({ prepare, work, file, remote }) => {
    for (const option of ['--yes', '--json']) {
      const { exit, shown } = await prepare([], 'a.sqlite', file, option)
      assert.is(exit, 2, shown)
      assert.match(shown, 'DM_FIELD_REQUIRED')
      assert.not.match(shown, hash)
    }
    const expected = { exit: 2, code: 'DM_FIELD_REQUIRED' }
    const { hint } = await dmFailure(work.folder, ['prepare', 'a.sqlite', file], expected)
    assert.match(hint, '--field hash=')
    assert.is(await remote.git('for-each-ref', 'refs/heads/data'), '')
  }),
)

test(
  'asking ends with Ctrl+C and with the end of the input',
  onScene(async ({ prepare, remote }) => {
    const interrupted = await prepare([[hash, ctrlC]])
    assert.is(interrupted.exit, 130)
    assert.match(interrupted.shown, 'DM_INTERRUPTED')
    const ended = await prepare([[hash, ctrlD]])
    assert.is(ended.exit, 2)
    assert.match(ended.shown, 'The input ended before the question was answered.')
    assert.match(ended.shown, '--yes')
    assert.is(await remote.git('for-each-ref', 'refs/heads/data'), '')
  }),
)

test(
  'the live tree shows each step, and in a dry run what would be',
  onScene(async ({ prepare, file }) => {
    const options = ['--yes', '--dry-run', '--field', 'hash=1a2b']
    const { exit, shown } = await prepare([], 'a.sqlite', file, ...options)
    assert.is(exit, 0)
    assert.match(shown, 'Hash the file')
    assert.match(shown, /✔ Would upload to staging/)
    assert.not.match(shown, '✔ Upload to staging')
    assert.match(shown, 'Dry run: nothing has been changed.')
  }),
)

test.run()
