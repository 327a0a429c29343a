import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { companionKey, stagingKey } from '../../../lib/manifest/keys.ts'
import type { StoredVersion, Wanted } from '../../../lib/pull/wanted.ts'
import { objectsOf, planWays, type Way } from '../../../lib/pull/ways.ts'
import { sha } from '../manifest/samples.ts'

const test = suite('lib/pull/ways')

const MIB = 1024 ** 2
const keyOf = (number: number): string => `model/v${number}-${sha(number)}.sqlite`

/** Version `number`, of 100 MiB, with a delta of 1 MiB from the one before it, and a `.zst` of 20 MiB. */
function stored(number: number, change: Partial<StoredVersion> = {}): StoredVersion {
  return {
    sha256: sha(number),
    bytes: 100 * MIB,
    bucket: 'production',
    key: keyOf(number),
    compressedBytes: 20 * MIB,
    delta: number === 1 ? undefined : { from: sha(number - 1), bytes: MIB },
    ...change,
  }
}

function wanted(number: number, versions: readonly StoredVersion[], staged?: string): Wanted {
  const published = { bucket: 'production', key: keyOf(number) }
  const places =
    staged === undefined ? [published] : [{ bucket: 'staging', key: staged }, published]
  const bytes = 100 * MIB
  return {
    dataset: 'model.sqlite',
    version: 'v1',
    sha256: sha(number),
    bytes,
    places,
    stored: versions,
  }
}

/** How, and by which objects. */
function told(ways: readonly Way[]): string[] {
  return ways.map((way) => {
    const keys = objectsOf(way).map(({ key }) => key.replaceAll(/([0-9a-f])\1{63}/g, '#$1'))
    const base = 'base' in way ? ` of ${way.base.kind}` : ''
    return `${way.via}${base}: ${keys.join(' ')}${way.isOptional ? '?' : ''}`
  })
}

const plan = (number: number, versions: readonly StoredVersion[], ...here: number[]): string[] =>
  told(planWays(wanted(number, versions), new Set(here.map((one) => sha(one)))))

const ZST = 'compressed: model/v3-#3.sqlite.zst?'
const WHOLE = 'whole: model/v3-#3.sqlite'

test('where nothing is here it comes compressed, or else whole', () => {
  const versions = [stored(3), stored(2), stored(1)]
  assert.equal(plan(3, versions), [ZST, WHOLE])
  assert.equal(plan(3, [stored(3, { compressedBytes: undefined })]), [WHOLE])
  // Compressed, it would be no smaller.
  assert.equal(plan(3, [stored(3, { compressedBytes: 100 * MIB })]), [WHOLE])
  // Of what the predecessor of this program published, nothing lies beside it.
  const old = { ...wanted(3, [stored(3, { key: 'old.sqlite' }), stored(2)]) }
  const places = [{ bucket: 'production', key: 'old.sqlite' }]
  assert.equal(told(planWays({ ...old, places }, new Set([sha(2)]))), ['whole: old.sqlite'])
})

test('what is here, or an older one, is what it is made of', () => {
  const versions = [stored(3), stored(2), stored(1)]
  const [second, third] = ['model/v2-#2.sqlite.from-#1.delta', 'model/v3-#3.sqlite.from-#2.delta']
  assert.equal(plan(3, versions, 3), ['cache: ?', ZST, WHOLE])
  assert.equal(plan(3, versions, 2, 1), [`delta of here: ${third}?`, ZST, WHOLE])
  assert.equal(plan(3, versions, 1), [`delta of here: ${second} ${third}?`, ZST, WHOLE])
  // A newer one is no start, and neither is one of which nothing is known.
  assert.equal(plan(2, versions, 3), [
    'compressed: model/v2-#2.sqlite.zst?',
    'whole: model/v2-#2.sqlite',
  ])
  assert.equal(plan(3, versions, 7), [ZST, WHOLE])
})

test('deltas are taken while all of them together are below half of the compressed form', () => {
  const delta = (number: number, bytes: number): StoredVersion =>
    stored(number, { delta: { from: sha(number - 1), bytes } })
  const near = [delta(3, 5 * MIB), delta(2, 5 * MIB - 1), stored(1)]
  assert.is(plan(3, near, 1).length, 3)
  const above = [delta(3, 5 * MIB), delta(2, 5 * MIB), stored(1)]
  assert.equal(plan(3, above, 1), [ZST, WHOLE])
  const huge = [delta(3, Number.MAX_SAFE_INTEGER), delta(2, Number.MAX_SAFE_INTEGER), stored(1)]
  assert.equal(plan(3, huge, 1), [ZST, WHOLE])
})

test('what the manifest says may go in circles, lead nowhere, or lack sizes', () => {
  const circle = [stored(3), stored(2, { delta: { from: sha(3), bytes: 1 } })]
  assert.equal(plan(3, circle, 1), [ZST, WHOLE])
  assert.equal(plan(3, [stored(3, { delta: { from: sha(3), bytes: 1 } })], 1), [ZST, WHOLE])
  assert.equal(plan(3, [stored(3), stored(1)], 2), [ZST, WHOLE])
  // Of what is here, the size is known.
  const old = stored(2, { bytes: undefined })
  assert.is(plan(3, [stored(3), old], 2).length, 3)
  assert.equal(plan(3, [stored(3), old, stored(1)], 1), [ZST, WHOLE])
  const long = Array.from({ length: 1000 }, (_, index) => ({
    ...stored(3),
    sha256: index === 0 ? sha(3) : index.toString(16).padStart(64, '0'),
    delta: { from: (index + 1).toString(16).padStart(64, '0'), bytes: 1 },
  }))
  const end = { ...stored(1), sha256: (1000).toString(16).padStart(64, '0') }
  const ways = planWays(wanted(3, [...long, end]), new Set([end.sha256]))
  assert.equal(told(ways), [ZST, WHOLE])
  const sizeless = { ...wanted(3, [stored(3), stored(2)]), bytes: undefined }
  assert.equal(told(planWays(sizeless, new Set([sha(2), sha(3)]))), [WHOLE])
})

test('what lies beside an object is that of any version that names it', () => {
  const rollback = stored(3, { compressedBytes: undefined, delta: undefined })
  assert.equal(plan(3, [rollback, stored(3), stored(2)], 2), [
    'delta of here: model/v3-#3.sqlite.from-#2.delta?',
    ZST,
    WHOLE,
  ])
})

test('what waits in staging comes in the form in which it waits', () => {
  const versions = [stored(2), stored(1)]
  const staged = (form: Parameters<typeof stagingKey>[3], ...here: number[]): string[] => {
    const key = stagingKey('owner/data', 'production', sha(3), form)
    const ways = planWays(wanted(3, versions, key), new Set(here.map((one) => sha(one))))
    return told(ways).map((line) => line.replaceAll(/staging-uploads\/[0-9a-f]{8}\//g, 's/'))
  }
  assert.equal(staged({ form: 'whole' }), ['whole: s/#3.sqlite', WHOLE])
  assert.equal(staged({ form: 'compressed' }), ['compressed: s/#3.sqlite.zst', WHOLE])
  const delta = { form: 'delta', base: sha(2) } as const
  const step = 's/#3-from-#2.delta'
  const downloaded = [
    `delta of compressed: model/v2-#2.sqlite.zst ${step}?`,
    `delta of whole: model/v2-#2.sqlite ${step}`,
  ]
  assert.equal(staged(delta), [...downloaded, WHOLE])
  assert.equal(staged(delta, 2), [`delta of here: ${step}?`, ...downloaded, WHOLE])
  assert.equal(staged(delta, 1), [
    `delta of here: model/v2-#2.sqlite.from-#1.delta ${step}?`,
    ...downloaded,
    WHOLE,
  ])
  assert.equal(staged({ form: 'delta', base: sha(7) }), ['delta: ', WHOLE])
})

test('a delta lies beside the version that it makes', () => {
  const [way] = planWays(wanted(3, [stored(3), stored(2)]), new Set([sha(2)]))
  const key = companionKey(keyOf(3), { kind: 'delta', base: sha(2) })
  assert.equal(way && objectsOf(way), [{ bucket: 'production', key, bytes: MIB }])
})

test.run()
