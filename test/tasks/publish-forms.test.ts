import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import type { Store } from '../../lib/store/store.ts'
import { compressZst } from '../../lib/transfer/zst/compress.ts'
import { commitFiles } from '../helpers/commit-files.ts'
import type { TestDataset, TestEntry } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { restage } from '../helpers/restage.ts'
import { onRepository, type Scene } from './publish-scene.ts'

const test = suite('dm publish and dm check, of what is staged in another form')

/** The staging of whoever prepares. */
async function openStaging({ stored }: Scene, entry: TestEntry): Promise<Store> {
  const settings = { bucket: 'staging', root: stored('') }
  const store = createFolderStore({ ...settings, repository: 'any/body' })
  const info = await store.head(entry.staging_key ?? '')
  return createFolderStore({ ...settings, repository: info?.repository ?? '' })
}

function newest(datasets: readonly TestDataset[], name: string): TestEntry {
  const entry = datasets.find(({ fileName }) => fileName === name)?.history[0]
  if (entry === undefined) throw new Error(`there is no ${name}`)
  return entry
}

/** Proposes a database as a whole, and stages it in another form; the entry then waits in that. */
async function restageNewest(
  scene: Scene,
  entry: TestEntry,
  file: string,
  base?: string,
): Promise<TestEntry> {
  const whole = entry.staging_key ?? ''
  const store = await openStaging(scene, entry)
  const key = await restage(store, whole, file, base)
  if (key !== whole) await store.remove(whole)
  return Object.assign(entry, { staging_key: key })
}

async function replace(place: string, bytes: Buffer): Promise<void> {
  await rm(place)
  await writeFile(place, bytes)
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

test(
  'what is compressed or a delta is published whole, and its entry says what lies beside it',
  onRepository(async (scene) => {
    const { work, remote, folder, propose, edit, manifest, stored } = scene
    const file = (name: string): string => `${folder}/${name}.sqlite`
    const first = await propose('a', 1)
    await dmJson(work.folder, ['publish'])
    const old = await remote.git('rev-parse', 'main')
    const second = await propose('a', 2)
    await propose('b', 3)
    const datasets = await manifest()
    await restageNewest(scene, newest(datasets, 'a.sqlite'), file('a-2'), file('a-1'))
    // What a proposal says of this counts for nothing.
    const claimed = await restageNewest(scene, newest(datasets, 'b.sqlite'), file('b-3'))
    Object.assign(claimed, { compressedBytes: 7, delta: { from: first, bytes: 7 } })
    const after = await edit(() => datasets)
    await work.git('fetch', '--quiet')
    const args = ['check', '--base', old, '--head', after, '--full', '--json']
    const checked = JSON.parse((await runHere(work.folder, args)).stdout) as Record<string, unknown>
    assert.equal(
      (checked['problems'] as { code: string }[]).map(({ code }) => code),
      ['DM_CHECK_FIELDS'],
    )
    const { published } = await dmJson(work.folder, ['publish'])
    assert.is((published as unknown[]).length, 2)
    const size = async (key: string): Promise<number> => (await stat(stored(key))).size
    const [a, b] = [newest(await manifest(), 'a.sqlite'), newest(await manifest(), 'b.sqlite')]
    const keyOf = ({ r2_object_key: key }: TestEntry): string => `production/${key}`
    assert.ok((await readFile(stored(keyOf(a)))).equals(await readFile(file('a-2'))))
    assert.ok((await readFile(stored(keyOf(b)))).equals(await readFile(file('b-3'))))
    assert.equal(
      [a['sha256'], a['compressedBytes'], a['delta'], a.staging_key],
      [
        second,
        await size(`${keyOf(a)}.zst`),
        { from: first, bytes: await size(`${keyOf(a)}.from-${first}.delta`) },
        undefined,
      ],
    )
    assert.equal([b['compressedBytes'], b['delta']], [await size(`${keyOf(b)}.zst`), undefined])
    const audit = async (): Promise<string[]> => {
      const { stdout } = await runHere(work.folder, ['audit', '--full', '--json'])
      const { problems } = JSON.parse(stdout) as { problems: { code: string; message: string }[] }
      return problems.map(
        ({ code, message }) => `${code} ${/stands for|cut short|$/.exec(message)?.[0]}`,
      )
    }
    assert.equal(await audit(), [])
    const right = await readFile(file('a-2'))
    const lie = Buffer.concat([right.subarray(0, -1), Buffer.from('x')])
    await replace(stored(`${keyOf(a)}.zst`), await buffer(compressZst(chunks(lie), { level: 3 })))
    const delta = stored(`${keyOf(a)}.from-${first}.delta`)
    await replace(delta, (await readFile(delta)).subarray(0, -1))
    assert.equal(await audit(), ['DM_FORM_BROKEN stands for', 'DM_FORM_BROKEN cut short'])
    // A delta is not to blame for its base.
    const base = stored(`production/a/v1-${first}.sqlite`)
    const old1 = await readFile(base)
    await replace(base, Buffer.concat([old1.subarray(0, -1), Buffer.from('x')]))
    const problems = await audit()
    assert.equal(problems.length, 2)
    assert.ok(problems.includes('DM_OBJECT_HASH '), String(problems))
    await replace(base, old1)
    // A rollback's entry names what lies beside the object that it restores.
    const { r2_object_key, sha256, bytes } = b
    await edit((before) => {
      before
        .find(({ fileName }) => fileName === 'b.sqlite')
        ?.history.unshift({
          version: 'v2',
          timestamp: new Date().toISOString(),
          sha256,
          bytes,
          r2_object_key,
          commit: 'pending-merge',
          description: 'Back',
        })
    })
    await dmJson(work.folder, ['publish'])
    const restored = newest(await manifest(), 'b.sqlite')
    assert.equal([restored.version, restored['compressedBytes']], ['v2', b['compressedBytes']])
  }),
)

test(
  'a form that is broken, or a delta of what is not published, is told by check and not published',
  onRepository(async (scene) => {
    const { work, remote, folder, merge, stored, manifest } = scene
    const file = await createTemoaDatabase(folder, 'a.sqlite', 1)
    const other = await createTemoaDatabase(folder, 'b.sqlite', 2)
    const third = await createTemoaDatabase(folder, 'c.sqlite', 3)
    const propose = async (name: string, from: string, base?: string): Promise<TestEntry> => {
      await dmJson(work.folder, ['prepare', `${name}.sqlite`, from])
      const branch = `data/${name}-v1`
      const text = await remote.git('show', `${branch}:manifest.json`)
      const datasets = JSON.parse(text) as TestDataset[]
      const entry = await restageNewest(scene, newest(datasets, `${name}.sqlite`), from, base)
      const files = { 'manifest.json': `${JSON.stringify(datasets, null, 2)}\n` }
      await commitFiles(remote.folder, [{ ref: `refs/heads/${branch}`, files, message: branch }])
      return entry
    }
    const codes = async (name: string, ...options: string[]): Promise<unknown[]> => {
      await work.git('fetch', '--quiet')
      const args = ['check', '--base', 'origin/main', '--head', `origin/data/${name}-v1`]
      const { stdout } = await runHere(work.folder, [...args, ...options, '--json'])
      const { problems } = JSON.parse(stdout) as { problems: { code: string }[] }
      return problems.map(({ code }) => code)
    }
    const entry = await propose('a', file)
    const place = stored(`staging/${entry.staging_key}`)
    const good = await readFile(place)
    assert.equal(await codes('a', '--full'), [])
    await replace(place, good.subarray(0, -1))
    assert.equal(await codes('a'), [])
    assert.equal(await codes('a', '--full'), ['DM_FORM_BROKEN'])
    await merge('data/a-v1')
    await propose('c', third, other)
    assert.equal(await codes('c'), ['DM_STAGED_BASE'])
    await merge('data/c-v1')
    const failed = { exit: 3, code: 'DM_PUBLISH_INCOMPLETE' } as const
    const { document } = await dmFailure(work.folder, ['publish'], failed)
    assert.equal(
      (document['failed'] as { code: string }[]).map(({ code }) => code),
      ['DM_FORM_BROKEN', 'DM_STAGED_BASE'],
    )
    for (const { history } of await manifest()) assert.is(history[0]?.commit, 'pending-merge')
  }),
)

test.run()
