import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { companionKey, stagingKey } from '../../lib/manifest/keys.ts'
import { formatBytes } from '../../lib/format/units.ts'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import { compressZst } from '../../lib/transfer/zst/compress.ts'
import { hashFileAt } from '../helpers/at-path.ts'
import { createDataRepository, type TestEntry } from '../helpers/data-repository.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { chunksOf, collect, deltaOf, pagesOf, sha256 } from '../lib/transfer/delta/page-files.ts'

const test = suite('dm pull, of what is compressed or a delta')

const NAME = 'model.sqlite'
const numbers = Array.from({ length: 5000 }, (_, index) => index)
const [first, second, third] = [0, 1, 2].map((changed) =>
  pagesOf(numbers.map((number) => (number > 0 && number <= changed ? -number >>> 0 : number))),
) as [Buffer, Buffer, Buffer]

function entryOf(version: string, bytes: Buffer, fields: object = {}): TestEntry {
  return {
    version,
    timestamp: '2026-01-02T03:04:05.000Z',
    sha256: sha256(bytes),
    bytes: bytes.length,
    r2_object_key: `model/${version}-${sha256(bytes)}.sqlite`,
    commit: 'abcdef1',
    description: version,
    ...fields,
  }
}

interface Scene {
  /** The data repository, which the commands run in. */
  readonly work: string
  readonly output: string
  readonly sizes: { readonly zst: number; readonly delta: number }
  /** Removes an object from production. */
  readonly remove: (key: string) => Promise<unknown>
  readonly entries: readonly [second: TestEntry, first: TestEntry]
}

/** Two versions are published, with all that lies beside them, and a third waits as a delta. */
function onVersions(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const zst = await collect(compressZst(chunksOf(second), { level: 3 }))
      const { delta } = await deltaOf(folder, first, second)
      const { delta: waiting } = await deltaOf(folder, second, third)
      const one = entryOf('v1', first)
      const two = entryOf('v2', second, {
        compressedBytes: zst.length,
        delta: { from: sha256(first), bytes: delta.length },
      })
      const form = { form: 'delta', base: sha256(second) } as const
      const key = stagingKey('owner/data', 'production', sha256(third), form)
      const three = entryOf('v3', third, { staging_key: key, commit: 'pending-merge' })
      const history = [three, two, one]
      const text = `${JSON.stringify([{ fileName: NAME, bucket: 'production', history }])}\n`
      const { work } = await createDataRepository(folder, { 'manifest.json': text })
      const root = path.join(work.folder, '.git/datamanager/store')
      const put = async (bucket: string, name: string, bytes: Buffer): Promise<void> => {
        const store = createFolderStore({ bucket, root, repository: 'owner/data' })
        const file = path.join(folder, 'object')
        await writeFile(file, bytes)
        await store.put(name, file, { stamp: { sha256: sha256(bytes) } })
      }
      const { r2_object_key: place } = two
      await put('production', one.r2_object_key, first)
      await put('production', place, second)
      await put('production', companionKey(place, { kind: 'zst' }), zst)
      await put('production', companionKey(place, { kind: 'delta', base: sha256(first) }), delta)
      await put('staging', key, waiting)
      const store = createFolderStore({ bucket: 'production', root, repository: 'owner/data' })
      await body({
        work: work.folder,
        output: path.join(folder, 'out', NAME),
        sizes: { zst: zst.length, delta: delta.length },
        remove: (name) => store.remove(name),
        entries: [two, one],
      })
    })
}

test(
  'it says how it came and how much of it; a file that is there is what it is made of',
  onVersions(async ({ work, output, sizes, entries: [{ r2_object_key: key }], remove }) => {
    const pull = ['pull', `${NAME}@v2`, '-o', `${path.dirname(output)}/`]
    const planned = await runHere(work, [...pull, '--dry-run'])
    assert.match(planned.stdout, 'MiB, compressed) to')
    const fresh = await dmJson(work, pull)
    assert.equal([fresh['via'], fresh['receivedBytes']], ['compressed', sizes.zst])
    assert.is((await hashFileAt(output)).sha256, sha256(second))
    await writeFile(output, first)
    assert.match((await runHere(work, [...pull, '--dry-run'])).stdout, 'as a delta) to')
    const { stdout } = await runHere(work, pull)
    assert.match(stdout, `, ${formatBytes(sizes.delta)} received as a delta, verified)`)
    assert.is((await hashFileAt(output)).sha256, sha256(second))
    const sent = await runHere(work, ['pull', `${NAME}@v2`, '-o', '-'])
    assert.match(sent.stderr, 'received compressed, verified)')

    await remove(companionKey(key, { kind: 'zst' }))
    await rm(output)
    const whole = await dmJson(work, pull)
    assert.equal([whole['via'], whole['receivedBytes']], ['whole', second.length])
    assert.match(JSON.stringify(whole['notices']), 'Trying the whole database instead.')
    assert.is((await hashFileAt(output)).sha256, sha256(second))
  }),
)

test(
  'what waits as a delta is pulled with its base, or it is said what to do where that cannot be read',
  onVersions(async ({ work, output, entries: [two], remove }) => {
    const pull = ['pull', NAME, '--ref', 'main', '-o', `${path.dirname(output)}/`]
    assert.is((await dmJson(work, pull))['via'], 'delta')
    assert.is((await hashFileAt(output)).sha256, sha256(third))
    await rm(output)
    await remove(companionKey(two.r2_object_key, { kind: 'zst' }))
    await remove(two.r2_object_key)
    const { message, hint } = await dmFailure(work, pull, { exit: 1, code: 'DM_PULL_BASE' })
    assert.match(message, 'builds upon cannot be read')
    assert.match(hint, "'production'")
    // As the remedy says.
    await writeFile(output, second)
    assert.is((await dmJson(work, pull))['via'], 'delta')
    assert.is((await hashFileAt(output)).sha256, sha256(third))
  }),
)

test.run()
