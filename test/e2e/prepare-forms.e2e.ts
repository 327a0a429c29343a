import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import { hashFileAt } from '../helpers/at-path.ts'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase, sqlite } from '../helpers/databases.ts'
import { dmFailure, dmJson } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { dataset, published } from '../lib/publication/scene.ts'

const test = suite('dm prepare, in the form that costs least')

interface Staged {
  readonly key: string
  readonly bytes: number
  readonly sentBytes: number
  readonly form: string
}

interface Scene extends DataRepository {
  /** The database of v1, which is published. */
  readonly one: string
  /** That, with a change of a row. */
  readonly two: string
  readonly env: { readonly XDG_CACHE_HOME: string }
  readonly prepare: (file: string, ...args: string[]) => Promise<Record<string, unknown>>
  /** What of it is staged; it was pushed. */
  readonly stage: (file: string, ...args: string[]) => Promise<Staged>
  readonly publish: () => Promise<Record<string, unknown>>
  /** Path of an object of the embedded store. */
  readonly stored: (key: string) => string
}

/** v1 is published, and in the cache, as dm leaves it. */
const scene = (body: (scene: Scene) => Promise<void>) => (): Promise<void> =>
  inFolder(async (folder) => {
    const one = await createTemoaDatabase(folder, 'one.sqlite', 3000)
    const two = path.join(folder, 'two.sqlite')
    await copyFile(one, two)
    await sqlite(two, "UPDATE Region SET notes = 'rain'")
    const { sha256, bytes } = await hashFileAt(one)
    const v1 = { ...published('m', 'v1'), sha256, bytes, r2_object_key: `m/v1-${sha256}.sqlite` }
    const manifest = `${JSON.stringify([dataset('m', [v1])], null, 2)}\n`
    const repository = await createDataRepository(folder, { 'manifest.json': manifest })
    const { work } = repository
    const root = path.join(work.folder, '.git/datamanager/store')
    const production = createFolderStore({ bucket: 'production', root, repository: 'any/body' })
    await production.put(v1.r2_object_key, one, { stamp: { sha256 } })
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') }
    const cached = path.join(env.XDG_CACHE_HOME, 'datamanager/databases')
    await mkdir(cached, { recursive: true, mode: 0o700 })
    await copyFile(one, path.join(cached, `${sha256}.sqlite`))
    const prepare: Scene['prepare'] = (file, ...args) =>
      dmJson(work.folder, ['prepare', 'm.sqlite', file, ...args], { env })
    await body({
      ...repository,
      one,
      two,
      env,
      prepare,
      stage: async (file, ...args) => (await prepare(file, ...args))['staged'] as Staged,
      publish: () => dmJson(work.folder, ['publish'], { env }),
      stored: (key) => path.join(root, 'staging', key),
    })
  })

const forget = ({ env }: Scene): Promise<void> =>
  rm(env.XDG_CACHE_HOME, { recursive: true, force: true })

test(
  'a change of a row is a delta of a few pages, whether the version before is here or not',
  scene(async (given) => {
    const { two, prepare, stage, merge, publish, work, env } = given
    const planned = await stage(two, '--dry-run')
    const { branch, sha256: hash, bytes } = await prepare(two)
    const staged = await stage(two)
    assert.is(staged.form, 'delta')
    assert.match(staged.key, new RegExp(`/${String(hash)}-from-[0-9a-f]{64}\\.delta$`))
    assert.ok(staged.bytes * 5 < Number(bytes), `${staged.bytes} bytes`)
    assert.equal(planned, { ...staged, sentBytes: staged.bytes })
    assert.is(staged.sentBytes, 0)
    await forget(given)
    // Downloaded for the diff, it serves for the delta.
    const again = await prepare(two, '--dry-run')
    assert.equal([again['staged'], again['alreadyPrepared']], [staged, true])
    await merge(String(branch))
    assert.is(((await publish())['published'] as unknown[]).length, 1)
    const pulled = path.join(work.folder, 'pulled.sqlite')
    await dmJson(work.folder, ['pull', 'm.sqlite', '-o', pulled], { env })
    assert.ok((await readFile(pulled)).equals(await readFile(two)))
  }),
)

test(
  'what proposes it already in another form keeps that, and its bytes are brought back in it',
  scene(async (given) => {
    const { two, prepare, stage, stored, remote } = given
    await forget(given)
    const first = await prepare(two, '--no-diff')
    const staged = first['staged'] as Staged
    assert.is(staged.form, 'compressed')
    const tip = await remote.git('rev-parse', String(first['branch']))
    // Now with the version before, which alone would give a delta.
    const second = await prepare(two)
    assert.equal(
      [second['alreadyPrepared'], second['staged']],
      [false, { ...staged, sentBytes: 0 }],
    )
    assert.is((second['diff'] as { path: string }).path, 'diffs/m/diff-v1-to-v2.sql')
    assert.not.equal(await remote.git('rev-parse', String(first['branch'])), tip)
    const key = path.dirname(stored(staged.key))
    assert.equal(
      (await readdir(key)).filter((name) => name.endsWith('.delta')),
      [],
    )
    await rm(stored(staged.key))
    assert.equal(await stage(two, '--dry-run'), staged)
    assert.equal(await stage(two), staged)
    assert.ok((await readdir(key)).includes(path.basename(staged.key)))
  }),
)

test(
  'a merged delta whose bytes have left staging is made again, where its base is published',
  scene(async (given) => {
    const { two, prepare, merge, stored, work, edit, env } = given
    const { branch, staged } = await prepare(two)
    const { key } = staged as Staged
    const bytes = await readFile(stored(key))
    await merge(String(branch))
    await forget(given)
    await rm(stored(key))
    assert.is((await prepare(two))['alreadyPrepared'], true)
    assert.ok((await readFile(stored(key))).equals(bytes))
    await edit(([first]) => {
      const entry = first?.history[0]
      const other = `from-${'b'.repeat(64)}`
      if (entry !== undefined) entry.staging_key = key.replace(/from-[0-9a-f]{64}/, other)
    })
    const expected = { exit: 3, code: 'DM_STAGED_BASE' }
    await dmFailure(work.folder, ['prepare', 'm.sqlite', two], expected, { env })
  }),
)

test(
  'a delta is made again although its base is more than is downloaded for a diff',
  scene(async (given) => {
    const { two, prepare, stored, work, merge } = given
    const { branch, staged } = await prepare(two)
    const { key, bytes } = staged as Staged
    await work.write({ 'datamanager.config.json': '{"diff": {"maxDownload": "1KiB"}}' })
    await forget(given)
    const again = await prepare(two, '--no-diff')
    assert.equal(again['staged'], { ...(staged as Staged), sentBytes: 0 })
    await merge(String(branch))
    for (const args of [[], ['--no-diff']]) {
      await forget(given)
      await rm(stored(key))
      assert.is((await prepare(two, ...args))['alreadyPrepared'], true)
      assert.is((await readFile(stored(key))).length, bytes)
    }
  }),
)

test(
  'a damaged cache costs time, and nothing else',
  scene(async ({ two, stage, env }) => {
    const cached = path.join(env.XDG_CACHE_HOME, 'datamanager/databases')
    const [name = ''] = await readdir(cached)
    const base = path.parse(name).name
    for (const damage of [Buffer.alloc(8192), await readFile(two)]) {
      await writeFile(path.join(cached, name), damage)
      assert.match((await stage(two, '--dry-run')).key, `-from-${base}.delta`)
    }
  }),
)

test(
  'what a delta cannot be is compressed, and nothing is where nobody wants that',
  scene(async ({ two, one, stage, work, merge, prepare }) => {
    const other = path.join(work.folder, 'other.sqlite')
    await copyFile(one, other)
    await sqlite(other, 'PRAGMA page_size=8192; VACUUM;')
    const { branch, staged } = await prepare(other)
    assert.is((staged as Staged).form, 'compressed')
    // A version that is merged, but not published, is no base.
    await merge(String(branch))
    await sqlite(other, "UPDATE Region SET notes = 'snow'")
    assert.is((await stage(other, '--dry-run')).form, 'compressed')
    await work.write({ 'datamanager.config.json': '{"compression": false}' })
    const whole = await stage(two, '--dry-run')
    assert.equal([whole.form, whole.key.endsWith('.sqlite')], ['whole', true])
  }),
)

test.run()
