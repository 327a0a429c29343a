import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  findOwnOrphans,
  holdAgainstBuckets,
} from '../../../lib/publication/hold-against-buckets.ts'
import { takeInventory } from '../../../lib/publication/inventory.ts'
import { parseManifest } from '../../../lib/manifest/parse-manifest.ts'
import type { Manifest } from '../../../lib/manifest/types.ts'
import type { TestDataset } from '../../helpers/data-repository.ts'
import { insistOnSignal } from '../../helpers/insist-on-signal.ts'
import { dataset, onScene, published, type Scene, sha, upload } from './scene.ts'

const test = suite('hold against buckets')
const buckets = ['production', 'internal']

function read(...datasets: TestDataset[]): Manifest {
  return parseManifest(JSON.stringify(datasets), { source: 'manifest.json' })
}

async function faults({ store }: Scene, ...datasets: TestDataset[]): Promise<unknown[]> {
  const manifest = read(...datasets)
  const inventory = await takeInventory(manifest, buckets, store)
  return holdAgainstBuckets(manifest, inventory, buckets).map(
    ({ dataset: name, version, error }) => {
      return [`${name} ${version} ${error.code}`, error.context]
    },
  )
}

test(
  'each published entry must have its object, of its size, under a key that names its hash',
  onScene(async (scene) => {
    const { put } = scene
    const good = published('good', 'v1')
    const old = published('old', 'v1', { bytes: undefined })
    const longer = published('longer', 'v1', { bytes: 999 })
    const missing = published('missing', 'v2')
    const edited = published('edited', 'v1')
    for (const entry of [good, old, longer, edited]) {
      await put('production', entry.r2_object_key, `${entry.r2_object_key.split('/')[0]} v1`)
    }
    assert.equal(
      await faults(
        scene,
        dataset('good', [good]),
        dataset('old', [old]),
        dataset('longer', [longer]),
        dataset('missing', [missing]),
        dataset('edited', [{ ...edited, sha256: sha('another') }]),
        // Of another bucket nothing is known there.
        dataset('moved', [good], { bucket: 'internal' }),
        dataset('unknown', [missing], { bucket: 'nowhere' }),
      ),
      [
        [
          'longer.sqlite v1 DM_OBJECT_SIZE',
          { dataset: 'longer.sqlite', version: 'v1', bytes: 999, found: 9 },
        ],
        [
          'missing.sqlite v2 DM_OBJECT_MISSING',
          {
            dataset: 'missing.sqlite',
            version: 'v2',
            bucket: 'production',
            key: missing.r2_object_key,
          },
        ],
        [
          'edited.sqlite v1 DM_OBJECT_KEY',
          {
            dataset: 'edited.sqlite',
            version: 'v1',
            key: edited.r2_object_key,
            sha256: sha('another'),
          },
        ],
        [
          'moved.sqlite v1 DM_OBJECT_MISSING',
          { dataset: 'moved.sqlite', version: 'v1', bucket: 'internal', key: good.r2_object_key },
        ],
        ['unknown.sqlite null DM_UNKNOWN_BUCKET', { bucket: 'nowhere', known: buckets }],
      ],
    )
  }),
)

test(
  'what is pending, or marked for deletion, need not be there',
  onScene(async (scene) => {
    const status = 'pending-deletion'
    assert.equal(
      await faults(
        scene,
        dataset('whole', [published('whole', 'v1')], { status }),
        dataset('one', [published('one', 'v1', { status })]),
        dataset('waits', [upload('waits', 'v1')]),
        dataset('nowhere', [upload('nowhere', 'v1')], { bucket: 'nowhere' }),
      ),
      [],
    )
  }),
)

test('of a folder that was not looked at nothing is said', () => {
  const manifest = read(dataset('a', [published('a', 'v1')]))
  const inventory = {
    sizeOf: () => undefined,
    modifiedOf: () => null,
    keys: () => [],
    buckets: [],
    partial: ['production'],
  }
  assert.equal(holdAgainstBuckets(manifest, inventory, buckets), [])
})

test(
  'of what nothing names, the objects of this data repository are told, those of its datasets first',
  onScene(async (scene) => {
    const { put, store } = scene
    const { signal } = new AbortController()
    const find = async (
      retired: readonly string[],
      ...datasets: TestDataset[]
    ): Promise<{ bucket: string; keys: string[]; more: boolean }[]> => {
      const manifest = read(...datasets)
      const inventory = await takeInventory(manifest, buckets, store)
      const objects = retired.map((key) => {
        return { bucket: 'production', key, since: '2026-01-02T03:04:05.678Z' }
      })
      const list = { numbers: new Map(), objects }
      const found = await findOwnOrphans(manifest, objects.length === 0 ? null : list, inventory, {
        formerly: ['old/name'],
        open: (bucket) => insistOnSignal(store(bucket), signal),
        signal,
      })
      return [...Map.groupBy(found.orphans, ({ bucket }) => bucket)].map(([bucket, some]) => {
        return { bucket, keys: some.map(({ key }) => key), more: found.more }
      })
    }
    const key = (stem: string, text: string): string => `${stem}/v1-${sha(text)}.sqlite`
    const waits = upload('a', 'v2')
    const done = published('a', 'v1')
    const datasets = [
      dataset('a', [waits, done]),
      dataset('b', [published('b', 'v1')], { bucket: 'internal' }),
    ]
    await put('production', done.r2_object_key, 'a v1')
    await put('production', waits.r2_object_key, 'a v2')
    await put('production', key('a', 'given up'), 'given up')
    assert.equal(await find([key('a', 'given up')], ...datasets), [])
    await put('production', key('a', 'ours'), 'ours')
    await put('production', key('gone', 'former'), 'former', { by: 'old/name' })
    await put('production', key('a', 'foreign'), 'foreign', { by: 'some/body' })
    await put('production', key('a', 'unstamped'), 'unstamped', { by: null })
    await put('production', 'a/notes.txt', 'no version')
    await put('production', `${key('a', 'ours')}.bak`, 'no version either')
    await put('internal', key('b', 'ours'), 'ours')
    const found = await find([key('a', 'given up')], ...datasets)
    assert.equal(found, [
      { bucket: 'production', keys: [key('a', 'ours'), key('gone', 'former')], more: false },
      { bucket: 'internal', keys: [key('b', 'ours')], more: false },
    ])
    const [all] = await find([], ...datasets)
    assert.is(all?.keys.length, 3)
    // Of many, ten are looked at; those in the folders of the datasets are the first.
    const other = async (count: number): Promise<void> =>
      put('production', key('aa', `other ${count}`), `other ${count}`, { by: 'some/body' })
    for (let count = 0; count < 5; count++) await other(count)
    const ten = await find([key('a', 'given up')], ...datasets)
    assert.equal(
      ten.map(({ keys, more }) => [keys.length, more]),
      [
        [2, false],
        [1, false],
      ],
    )
    for (let count = 5; count < 11; count++) await other(count)
    const many = await find([key('a', 'given up')], ...datasets)
    assert.equal(
      many.map(({ keys, more }) => [keys, more]),
      [
        [[key('a', 'ours')], true],
        [[key('b', 'ours')], true],
      ],
    )
    // Gone since it was listed.
    const gone = await findOwnOrphans(
      read(dataset('a', [done])),
      null,
      {
        sizeOf: () => 1,
        modifiedOf: () => null,
        keys: () => [key('a', 'gone')],
        buckets: ['production'],
        partial: [],
      },
      { formerly: [], open: store, signal },
    )
    assert.equal(gone.orphans, [])
  }),
)

test.run()
