import { copyFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository, type TestDataset } from '../helpers/data-repository.ts'
import { createDatabase, sqlite } from '../helpers/databases.ts'
import { dmJson, runHere } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('the diff of dm prepare')

const rows = (values: string): string =>
  `CREATE TABLE t(id INTEGER PRIMARY KEY, n REAL); INSERT INTO t VALUES ${values};`

interface Scene {
  readonly work: string
  readonly one: string
  readonly two: string
  readonly env: { readonly XDG_CACHE_HOME: string }
  readonly git: (...args: string[]) => Promise<string>
  readonly prepare: (file: string, ...args: string[]) => Promise<Record<string, unknown>>
  /** Merges a branch and publishes it. */
  readonly publish: (branch: unknown) => Promise<void>
}

/** v1 of m.sqlite is published, unless `bucket` is another. */
const scene =
  (body: (scene: Scene) => Promise<void>, bucket = 'production') =>
  (): Promise<void> =>
    inFolder(async (folder) => {
      const { work, remote, merge } = await createDataRepository(folder)
      const env = { XDG_CACHE_HOME: path.join(folder, 'cache') }
      const prepare: Scene['prepare'] = (file, ...args) =>
        dmJson(work.folder, ['prepare', 'm.sqlite', file, ...args], { env })
      const publish: Scene['publish'] = async (branch) => {
        await merge(String(branch))
        await dmJson(work.folder, ['publish'], { env })
      }
      const one = await createDatabase(folder, 'one.sqlite', rows('(1, 2), (2, 3)'))
      const two = await createDatabase(folder, 'two.sqlite', rows('(1, 4), (3, 3)'))
      await publish((await prepare(one, '--bucket', bucket))['branch'])
      await body({ work: work.folder, one, two, env, git: remote.git, prepare, publish })
    })

const file = 'diffs/m/diff-v1-to-v2.sql'
const entryOn = async ({ git }: Scene, branch: unknown): Promise<unknown> => {
  const manifest = JSON.parse(await git('show', `${String(branch)}:manifest.json`)) as TestDataset[]
  return manifest[0]?.history[0]?.['diffFromPrevious']
}
const filesOn = ({ git }: Scene, branch: unknown): Promise<string> =>
  git('ls-tree', '-r', '--name-only', String(branch))

test(
  'it goes into the commit of the proposal, does what it says, and is made once',
  scene(async (given) => {
    const { git, one, two, prepare, work, env } = given
    const { branch, commit, diff } = await prepare(two)
    assert.equal(diff, {
      path: file,
      schema: [],
      tables: [{ name: 't', inserted: 1, updated: 1, deleted: 1 }],
    })
    assert.is(await entryOn(given, branch), file)
    const sql = await git('show', `${String(branch)}:${file}`)
    assert.match(sql, /^-- m\.sqlite v1 → v2\n--\n-- Rows changed in 1 of 1 table: 1 inserted/)
    await writeFile(`${two}.sql`, sql)
    const copy = `${one}.copy`
    await copyFile(one, copy)
    await sqlite(copy, `.read ${two}.sql`)
    assert.is(await sqlite(copy, '.dump'), await sqlite(two, '.dump'))
    const again = await prepare(two)
    assert.equal([again['alreadyPrepared'], again['commit']], [true, commit])
    // As a person sees it.
    const shown = await runHere(work, ['prepare', 'm.sqlite', two, '--dry-run'], env)
    assert.match(shown.stderr, 'Keys that vanished')
    assert.match(shown.stdout, `diff     ${file}`)
  }),
)

test(
  'of a private dataset nothing goes into git',
  scene(async (given) => {
    const { two, prepare, git, work, env } = given
    const { branch, diff, notices } = await prepare(two)
    assert.is((diff as { path: unknown }).path, null)
    assert.match(JSON.stringify(notices), "'internal' is private")
    assert.is(await entryOn(given, branch), null)
    assert.is(await filesOn(given, branch), 'docs/datasets.md\nmanifest.json')
    assert.not.match(await git('log', '-1', '-p', String(branch)), /inserted|vanished/)
    const shown = await runHere(work, ['prepare', 'm.sqlite', two, '--dry-run'], env)
    assert.match(shown.stderr, 'Keys that vanished', 'but its author sees it')
    const inCi = { ...env, CI: 'true' }
    const hidden = await runHere(work, ['--json', 'prepare', 'm.sqlite', two, '--dry-run'], inCi)
    assert.is(JSON.parse(hidden.stdout).diff, null)
    assert.not.match(hidden.stderr, 'Keys that vanished', 'in CI others would, too')
    const compare = ['diff', 'm.sqlite@v1', two]
    assert.match((await runHere(work, compare, env)).stdout, 'Keys that vanished')
    const { exit, stdout } = await runHere(work, [...compare, '--json'], inCi)
    assert.is(exit, 2)
    assert.equal([JSON.parse(stdout).error.code, /inserted/.test(stdout)], ['DM_USAGE', false])
  }, 'internal'),
)

test(
  'where there can be none, the reason is told and the rest goes on',
  scene(async (given) => {
    const { two, prepare, work, env } = given
    const small = `${two}.json`
    await writeFile(small, JSON.stringify({ diff: { maxDownload: '10B' } }))
    const dry = async (...args: string[]): Promise<string> => {
      const { diff, notices, branch } = await prepare(two, '--dry-run', ...args)
      assert.equal([diff, branch], [null, 'data/m-v2'])
      return JSON.stringify(notices ?? null)
    }
    assert.is(await dry('--no-diff'), 'null')
    await dmJson(work, ['cache', 'clear'], { env })
    assert.match(await dry('--config', small), /no diff: m\.sqlite v1 has \d+ B, and at most 10 B/)
    await rm(path.join(work, '.git/datamanager/store/production'), { recursive: true })
    assert.match(await dry(), 'no diff')
    const { branch } = await prepare(two)
    assert.is(await entryOn(given, branch), null)
  }),
)

test(
  'a file in the place of the diffs keeps nobody from preparing',
  scene(async (given) => {
    const { two, prepare } = given
    const blocked = `${two}.json`
    await writeFile(blocked, JSON.stringify({ diffs: 'docs/datasets.md', page: null }))
    const { branch, notices } = await prepare(two, '--config', blocked)
    assert.match(JSON.stringify(notices), 'There is no diff')
    assert.is(await entryOn(given, branch), null)
  }),
)

test(
  'of a long one the head and the first rows are stored, and what is not proposed any more goes',
  scene(async (given) => {
    const { two, prepare, git, work, env } = given
    const short = `${two}.json`
    await writeFile(short, JSON.stringify({ diff: { lines: 3 } }))
    const { branch } = await prepare(two, '--config', short)
    const text = await git('show', `${String(branch)}:${file}`)
    assert.match(text, /too long to be kept here/)
    assert.match(text, /-- t: 3 rows\n--\s+- id=2, n=3\.0\n/)
    assert.ok(
      text
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('--')),
    )
    await sqlite(two, 'UPDATE t SET n = 9')
    const revised = await prepare(two, '--no-diff')
    assert.is(revised['branch'], branch)
    assert.not.match(await filesOn(given, branch), 'diffs/')
    await sqlite(two, 'UPDATE t SET n = 8')
    await prepare(two)
    assert.match(await filesOn(given, branch), file)
    await dmJson(work, ['withdraw', 'm.sqlite'], { env })
    assert.is(await git('branch', '--list', String(branch)), '', 'the branch has nothing else')
  }),
)

test.run()
