import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError } from '../../../lib/errors/dm-error.ts'
import { parseManifest } from '../../../lib/manifest/parse-manifest.ts'
import type { ProposedItem } from '../../../lib/manifest/proposed-items.ts'
import type { Manifest } from '../../../lib/manifest/types.ts'
import { checkNumbers } from '../../../lib/review/check-numbers.ts'
import { checkStaged } from '../../../lib/review/check-staged.ts'
import type { Stores } from '../../../lib/store/open-stores.ts'
import type { TestDataset } from '../../helpers/data-repository.ts'
import { dataset, onScene, published, type Scene, upload } from '../publication/scene.ts'

const test = suite('what dm check sees in the buckets')

const main = 'refs/heads/main'
const toManifest = (...datasets: TestDataset[]): Manifest =>
  parseManifest(JSON.stringify(datasets), { source: 'the test' })
const { signal } = new AbortController()

const storesOf = ({ store }: Scene): Stores => ({
  staging: store('staging'),
  open: store,
  openForReading: store,
  isEmbedded: false,
})

/** The newest version of the one dataset, as a proposal of that kind. */
function itemOf(kind: ProposedItem['kind'], { datasets: [first] }: Manifest): ProposedItem {
  assert.ok(first)
  return { kind, dataset: first, entry: first.history[0] ?? null }
}

test(
  'a number that had other bytes is told while these are there, unless something accounts for them',
  onScene(async (scene) => {
    const { commit, put, repository } = scene
    const [one, old] = [published('m', 'v1'), published('m', 'v2')]
    await put('production', old.r2_object_key, 'm v2')
    // Somebody has taken the entry out of the manifest.
    const tip = await commit(
      main,
      { datasets: [dataset('m', [old, one])] },
      { datasets: [dataset('m', [one])] },
    )
    const base = toManifest(dataset('m', [one]))
    const proposed = toManifest(dataset('m', [upload('m', 'v2', { text: 'new' }), one]))
    const check = async (more: object = {}): Promise<[problems: string[], notices: string[]]> => {
      const { problems, notices } = await checkNumbers({
        items: [itemOf('upload', proposed)],
        repository,
        commit: tip,
        base,
        retired: { list: null, problem: null, isVerified: true },
        path: 'manifest.json',
        stores: storesOf(scene),
        signal,
        ...more,
      })
      return [problems.map(({ code }) => code), notices.map(({ code }) => code)]
    }
    assert.equal(await check(), [['DM_CHANGE_NUMBER_USED'], []])
    // The same bytes again are no other ones.
    const same = toManifest(dataset('m', [upload('m', 'v2'), one]))
    assert.equal(await check({ items: [itemOf('upload', same)] }), [[], []])
    const object = { bucket: 'production', key: old.r2_object_key, since: new Date() }
    const list = { numbers: new Map(), objects: [object] }
    assert.equal(await check({ retired: { list, problem: null, isVerified: true } }), [[], []])
    const heir = { ...published('n', 'v1', { text: 'm v2' }), r2_object_key: old.r2_object_key }
    assert.equal(await check({ base: toManifest(dataset('n', [heir])) }), [[], []])
    const refuse = (): never => {
      throw new DmError('DM_STORE_NO_CREDENTIALS', { bucket: 'production', variables: [] })
    }
    assert.equal(await check({ stores: { openForReading: refuse } }), [
      [],
      ['DM_CHANGE_NUMBER_USED'],
    ])
    await scene.store('production').remove(old.r2_object_key)
    assert.equal(await check(), [[], []])
  }),
)

test(
  'what a reverted publication brings back must be there, in one place or the other',
  onScene(async (scene) => {
    const { put, store } = scene
    const check = async (after: Manifest, isEmbedded = false): Promise<string[]> => {
      const { problems, unseen } = await checkStaged({
        items: [itemOf('reversal', after)],
        base: toManifest(),
        stores: { ...storesOf(scene), isEmbedded },
        retired: { list: null, problem: null, isVerified: true },
        formerly: [],
        isPublic: () => true,
        isFull: false,
        signal,
        onProgress: () => undefined,
      })
      return [...problems, ...(unseen === null ? [] : [unseen])].map(({ code }) => code)
    }
    const gone = published('m', 'v1')
    const key = gone.r2_object_key
    const removed = toManifest(dataset('m', [gone]))
    assert.equal(await check(removed), ['DM_OBJECT_MISSING'])
    assert.equal(await check(removed, true), ['DM_CHECK_STAGED_UNSEEN'], 'another clone’s store')
    // What is marked goes again.
    const marked = { ...gone, status: 'pending-deletion' }
    assert.equal(await check(toManifest(dataset('m', [marked]))), [])
    await put('production', key, 'm v1')
    assert.equal(await check(removed), [])
    assert.equal(await check(toManifest(dataset('m', [{ ...gone, bytes: 1 }]))), ['DM_OBJECT_SIZE'])
    const again = upload('m', 'v1')
    const pending = toManifest(dataset('m', [again]))
    assert.equal(await check(pending), [])
    await store('production').remove(key)
    assert.equal(await check(pending), ['DM_STAGED_MISSING'])
    await put('staging', again.staging_key ?? '', 'm v1', { meant: 'production' })
    assert.equal(await check(pending), [])
  }),
)

test.run()
