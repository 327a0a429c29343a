import { rm } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stagingKey } from '../../../lib/manifest/keys.ts'
import {
  promote,
  type PromotionOptions,
  verifyPromotable,
} from '../../../lib/publication/promote.ts'
import type { Publication } from '../../../lib/publication/publication.ts'
import { failure } from '../../helpers/failure.ts'
import { insistOnSignal } from '../../helpers/insist-on-signal.ts'
import { onScene, owner, type PutHow, type Scene, sha, spoil } from './scene.ts'

const test = suite('promote')

/** The publication of a text as `<text>.sqlite` v1. */
function publicationOf(text: string, fields: Partial<Publication> = {}): Publication {
  return {
    kind: 'upload',
    dataset: `${text}.sqlite`,
    version: 'v1',
    bucket: 'production',
    key: `${text}/v1-${sha(text)}.sqlite`,
    sha256: sha(text),
    bytes: Buffer.byteLength(text),
    stagingKey: stagingKey(owner, 'production', sha(text)),
    base: null,
    isThere: false,
    commit: 'abcdef1',
    description: '',
    ...fields,
  }
}

function optionsOf(
  { store, config, notice }: Scene,
  fields: Partial<PromotionOptions> = {},
): PromotionOptions {
  const { signal = new AbortController().signal } = fields
  return {
    staging: insistOnSignal(store('staging'), signal),
    target: insistOnSignal(store('production'), signal),
    formerly: config.formerly,
    compression: config.compression,
    isElsewhere: () => false,
    isNamed: () => Promise.resolve(false),
    signal,
    onProgress: () => undefined,
    notice,
    ...fields,
  }
}

function stage({ put }: Scene, { stagingKey: key }: Publication, text: string, how: PutHow = {}) {
  return put('staging', key ?? '', text, { meant: 'production', ...how })
}

test(
  'what is staged is copied, hashed at its destination, and stays in staging',
  onScene(async (scene) => {
    const publication = publicationOf('good')
    await stage(scene, publication, 'good')
    const progress: string[] = []
    const onProgress = (done: number, total: number): void => void progress.push(`${done}/${total}`)
    const options = optionsOf(scene, { onProgress })
    const { target } = options
    let looks = 0
    const head: typeof target.head = (key, how) => {
      looks++
      return target.head(key, how)
    }
    // What it has is known from the copy, but where it was there before.
    await promote(publication, { ...options, target: { ...target, head } })
    assert.is(looks, 0)
    const info = await scene.store('production').head(publication.key)
    assert.equal([info?.sha256, info?.repository, info?.bucket], [sha('good'), owner, null])
    assert.equal(progress.splice(0), ['4/4', '4/4'])
    assert.equal(await scene.keys('staging'), [publication.stagingKey])
    // Again, after a run that was killed.
    await rm(path.join(scene.folder, 'store/staging'), { recursive: true })
    await promote({ ...publication, isThere: true }, { ...options, target: { ...target, head } })
    assert.is(looks, 1)
    // Another run has put it there in the meantime.
    await stage(scene, publication, 'good')
    await promote(publication, optionsOf(scene))
    assert.equal(scene.notices, [])
  }),
)

test(
  'wrong bytes are removed from both places, unless a published entry names them by now',
  onScene(async (scene) => {
    const publication = publicationOf('good')
    const { key, stagingKey: staged } = publication
    const fill = async (): Promise<void> => {
      await stage(scene, publication, 'good')
      await spoil(scene, 'staging', staged ?? '', 'evil')
    }
    const fail = async (fields: Partial<PromotionOptions> = {}): Promise<void> => {
      const error = await failure('DM_BYTES_DIFFER', () =>
        promote(publication, optionsOf(scene, fields)),
      )
      const { dataset, version } = publication
      const expected = { dataset, version, expected: sha('good'), found: sha('evil') }
      assert.equal(error.context, expected)
    }
    await fill()
    await fail()
    assert.equal(await scene.keys('production'), [])
    assert.equal(await scene.keys('staging'), [])
    await fill()
    await fail({ isNamed: () => Promise.resolve(true) })
    assert.equal(await scene.keys('production'), [key])
    assert.equal(await scene.keys('staging'), [])
    // A run that was killed left it; the staged bytes are right, and are used the next time.
    await stage(scene, publication, 'good')
    await failure('DM_BYTES_DIFFER', () =>
      promote({ ...publication, isThere: true }, optionsOf(scene)),
    )
    assert.equal(await scene.keys('production'), [])
    assert.equal(await scene.keys('staging'), [staged])
    await promote(publication, optionsOf(scene))
  }),
)

test(
  'wrong bytes that nobody, or somebody else, has stamped stay where they are',
  onScene(async (scene) => {
    const publication = publicationOf('good', { isThere: true, stagingKey: null })
    await scene.put('production', publication.key, 'evil', { by: null })
    await failure('DM_BYTES_DIFFER', () => promote(publication, optionsOf(scene)))
    assert.equal(await scene.keys('production'), [publication.key])
    const back = publicationOf('back', { kind: 'rollback', isThere: true, stagingKey: null })
    await scene.put('production', back.key, 'evil')
    await failure('DM_BYTES_DIFFER', () => promote(back, optionsOf(scene)))
    assert.is((await scene.keys('production')).length, 2)
  }),
)

test(
  'wrong bytes stay where somebody else, or nobody, has put others in their place, and need no staged ones',
  onScene(async (scene) => {
    const publication = publicationOf('good')
    const options = optionsOf(scene)
    const { target } = options
    for (const repository of ['some/body', null]) {
      await stage(scene, publication, 'good')
      await spoil(scene, 'staging', publication.stagingKey ?? '', 'evil')
      const head: typeof target.head = async (key, how) => {
        const info = await target.head(key, how)
        return info === null || repository === null ? null : { ...info, repository }
      }
      await failure('DM_BYTES_DIFFER', () =>
        promote(publication, { ...options, target: { ...target, head } }),
      )
      assert.equal(await scene.keys('production'), [publication.key])
      await scene.store('production').remove(publication.key)
    }
    await scene.put('production', publication.key, 'evil')
    assert.equal(await scene.keys('staging'), [])
    await failure('DM_BYTES_DIFFER', () => promote({ ...publication, isThere: true }, options))
    assert.equal(await scene.keys('production'), [])
  }),
)

test(
  'an object of another data repository is nobody’s to publish, but may be rolled back to',
  onScene(
    async (scene) => {
      const there = { isThere: true } as const
      const publication = publicationOf('theirs', there)
      await scene.put('production', publication.key, 'theirs', { by: 'some/body' })
      const { context } = await failure('DM_OBJECT_FOREIGN', () =>
        promote(publication, optionsOf(scene)),
      )
      const { dataset, version, key } = publication
      const { location } = scene.store('production')
      assert.equal(context, { dataset, version, location, key, owner: 'some/body' })
      await promote({ ...publication, kind: 'rollback' }, optionsOf(scene))
      // It came there after the listing.
      await stage(scene, publication, 'theirs')
      await failure('DM_OBJECT_FOREIGN', () =>
        promote({ ...publication, isThere: false }, optionsOf(scene)),
      )
      const former = publicationOf('former', there)
      await scene.put('production', former.key, 'former', { by: 'old/name' })
      await promote(former, optionsOf(scene))
      const unknown = publicationOf('unknown', there)
      await scene.put('production', unknown.key, 'unknown', { by: null })
      await promote(unknown, optionsOf(scene))
    },
    { config: { formerly: ['old/name'] } },
  ),
)

/** Both ways of looking must say the same. */
async function refuses(
  scene: Scene,
  code: Parameters<typeof failure>[0],
  publication: Publication,
  context: object,
  fields: Partial<PromotionOptions> = {},
): Promise<void> {
  const { dataset, version } = publication
  const before = await scene.keys('production')
  for (const look of [verifyPromotable, promote]) {
    const error = await failure(code, () => look(publication, optionsOf(scene, fields)))
    assert.equal(error.context, { dataset, version, ...context })
  }
  assert.equal(await scene.keys('production'), before)
}

async function takes(
  scene: Scene,
  publication: Publication,
  fields: Partial<PromotionOptions> = {},
): Promise<void> {
  await verifyPromotable(publication, optionsOf(scene, fields))
  await promote(publication, optionsOf(scene, fields))
}

test(
  'bytes that are not there, or not as many as was reviewed, are refused before anything is copied',
  onScene(async (scene) => {
    const publication = publicationOf('good')
    const location = (bucket: string): string => scene.store(bucket).location
    const { key, stagingKey: waits } = publication
    const staged = { location: location('staging'), key: waits }
    await refuses(scene, 'DM_STAGED_MISSING', publication, staged)
    const back = publicationOf('good', { kind: 'rollback', stagingKey: null })
    const published = { location: location('production'), key }
    await refuses(scene, 'DM_ROLLBACK_MISSING', back, published)
    await stage(scene, publication, 'good')
    const longer = { ...publication, bytes: 5 }
    await refuses(scene, 'DM_OBJECT_SIZE', longer, { bytes: 5, found: 4 })
    await takes(scene, { ...publication, bytes: null })
    // It was there when the bucket was listed.
    const gone = publicationOf('gone', { kind: 'rollback', isThere: true, stagingKey: null })
    await verifyPromotable(gone, optionsOf(scene))
    await failure('DM_ROLLBACK_MISSING', () => promote(gone, optionsOf(scene)))
    const again = publicationOf('again', { isThere: true })
    await stage(scene, again, 'again')
    await promote(again, optionsOf(scene))
    assert.is((await scene.keys('production')).length, 2)
  }),
)

test(
  'staged bytes go only into the bucket that they were staged for',
  onScene(async (scene) => {
    const publication = publicationOf('good')
    await stage(scene, publication, 'good', { meant: 'internal' })
    const meant = { bucket: 'production', meant: 'internal' }
    await refuses(scene, 'DM_STAGED_BUCKET', publication, meant)
    // Those of the predecessor do not say it: nobody of another bucket may have the same.
    const plain = publicationOf('plain', { stagingKey: `staging-uploads/${sha('plain')}.sqlite` })
    await scene.put('staging', plain.stagingKey ?? '', 'plain', {})
    const asked: string[] = []
    const isElsewhere = (sha256: string, bucket: string): boolean => {
      asked.push(`${sha256} ${bucket}`)
      return true
    }
    const unsaid = { bucket: 'production', meant: null }
    await refuses(scene, 'DM_STAGED_BUCKET', plain, unsaid, { isElsewhere })
    assert.equal(asked, Array(2).fill(`${sha('plain')} production`))
    await takes(scene, plain)
    // Those that say it are for that bucket, whoever else has them.
    const said = publicationOf('said')
    await stage(scene, said, 'said')
    await takes(scene, said, { isElsewhere })
  }),
)

test(
  'bytes that were staged under another name are published, with a notice',
  onScene(
    async (scene) => {
      const fork = publicationOf('fork')
      await stage(scene, fork, 'fork', { by: 'some/fork' })
      await promote(fork, optionsOf(scene))
      const [notice] = scene.notices.splice(0)
      assert.is(notice?.code, 'DM_STAGED_FOREIGN')
      const { dataset, version } = fork
      const expected = { dataset, version, owner: 'some/fork', repository: owner }
      assert.equal(notice?.context, expected)
      const former = publicationOf('former')
      await stage(scene, former, 'former', { by: 'old/name' })
      const unknown = publicationOf('unknown')
      await stage(scene, unknown, 'unknown', { by: null })
      await takes(scene, former)
      await takes(scene, unknown)
      assert.equal(scene.notices, [])
    },
    { config: { formerly: ['old/name'] } },
  ),
)

test(
  'a failure of the store is told as it is, and so is an end',
  onScene(async (scene) => {
    const publication = publicationOf('good')
    await stage(scene, publication, 'good')
    await scene.put('production', publication.key, 'other', {})
    await failure('DM_STORE_CONFLICT', () => promote(publication, optionsOf(scene)))
    const reason = new Error('ended')
    const signal = AbortSignal.abort(reason)
    await scene.store('production').remove(publication.key)
    const ending = promote(publicationOf('missing'), optionsOf(scene, { signal }))
    assert.is(await ending.catch((error: unknown) => error), reason)
  }),
)

test.run()
