import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { takeInventory } from '../../../lib/publication/inventory.ts'
import { createFolderStore } from '../../../lib/store/folder/folder-store.ts'
import type { ListedObject, Store } from '../../../lib/store/store.ts'
import { dataset, manifest, published, upload } from '../manifest/samples.ts'

const test = suite('takeInventory')
const modified = new Date('2026-01-02T03:04:05.678Z')

/** A bucket with a listing of our own making; tells which prefixes were asked for. */
function listing(keys: readonly string[]): { open: () => Store; asked: string[] } {
  const asked: string[] = []
  const store = createFolderStore({ bucket: 'any', root: '/nonexistent', repository: 'any/body' })
  async function* list(prefix: string): AsyncGenerator<ListedObject> {
    asked.push(prefix)
    for (const key of keys) if (key.startsWith(prefix)) yield { key, bytes: key.length, modified }
  }
  return { open: () => ({ ...store, list }), asked }
}

/** So many objects of somebody else. */
function others(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `other/${index}`)
}

const one = published(1)
const key = one.r2_object_key

test('knows the size of what is there, what is not there, and what it has not looked at', async () => {
  const { open, asked } = listing([key])
  const datasets = [dataset([one]), dataset([one], { fileName: 'b.sqlite', bucket: 'unknown' })]
  const inventory = await takeInventory(manifest(...datasets), ['production', 'internal'], open)
  assert.equal(asked, [''])
  assert.is(inventory.sizeOf('production', key), key.length)
  assert.is(inventory.sizeOf('production', 'model/v2'), null)
  // No dataset is there, or the config does not have it.
  assert.is(inventory.sizeOf('internal', key), undefined)
  assert.is(inventory.sizeOf('unknown', key), undefined)
  assert.equal([...inventory.keys('production')], [key])
  assert.equal([...inventory.keys('unknown')], [])
  assert.equal(inventory.partial, [])
})

test('looks at all of a bucket of 20,000 objects', async () => {
  const { open, asked } = listing([...others(19_999), key])
  const inventory = await takeInventory(manifest(dataset([one])), ['production'], open)
  assert.equal(asked, [''])
  assert.equal(inventory.partial, [])
  assert.is(inventory.sizeOf('production', key), key.length)
})

test('of more, only the folders of the datasets that change are looked at', async () => {
  const pending = [dataset([upload(2), one])]
  const marked = [dataset([published(2, { status: 'pending-deletion' }), one])]
  const whole = [dataset([one], { status: 'pending-deletion' })]
  for (const touched of [pending, marked, whole]) {
    const { open, asked } = listing([...others(20_000), key])
    const still = published(1, { r2_object_key: `still/v1-${one.sha256}.sqlite` })
    const moved = published(3, { r2_object_key: `moved/v3-${one.sha256}.sqlite` })
    const [first] = touched
    const datasets = [
      { ...first, fileName: 'model.sqlite', history: [moved, ...(first?.history ?? [])] },
      dataset([still], { fileName: 'still.sqlite' }),
    ]
    const inventory = await takeInventory(manifest(...datasets), ['production'], open)
    assert.equal(asked, ['', 'moved/', 'model/'])
    assert.equal(inventory.partial, ['production'])
    assert.equal([...inventory.keys('production')], [key])
    assert.is(inventory.sizeOf('production', key), key.length)
    assert.is(inventory.sizeOf('production', 'moved/v3'), null)
    assert.is(inventory.sizeOf('production', still.r2_object_key), undefined)
  }
})

test('a folder with more objects than that is looked at as a whole', async () => {
  const { open } = listing(others(20_002).map((name) => `model/${name}`))
  const inventory = await takeInventory(manifest(dataset([upload(2)])), ['production'], open)
  assert.is([...inventory.keys('production')].length, 20_002)
})

test('does not begin to list all of a bucket that must have more', async () => {
  const history = Array.from({ length: 20_001 }, (_, index) =>
    published(1, { version: `v${index + 1}` }),
  )
  const { open, asked } = listing([])
  const { datasets } = manifest(dataset(history))
  await takeInventory({ datasets, origin: null }, ['production'], open)
  assert.equal(asked, [])
  const fewer = dataset(history.slice(1))
  await takeInventory({ datasets: [fewer], origin: null }, ['production'], open)
  assert.equal(asked, [''])
})

test('passes on that it is ended', async () => {
  const { open } = listing([])
  const reason = new Error('ended')
  const ended = (): Store => ({
    ...open(),
    // oxlint-disable-next-line require-yield
    list: async function* list(_prefix, options = {}) {
      options.signal?.throwIfAborted()
    },
  })
  const taking = takeInventory(
    manifest(dataset([one])),
    ['production'],
    ended,
    AbortSignal.abort(reason),
  )
  assert.is(await taking.catch((error: unknown) => error), reason)
})

test.run()
