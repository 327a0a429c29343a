import { chmod, rm, stat, utimes, writeFile } from 'node:fs/promises'
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
import { onScene, owner, type PutHow, type Scene, sha } from './scene.ts'

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
  return {
    staging: store('staging'),
    target: store('production'),
    formerly: config.formerly,
    isElsewhere: () => false,
    isNamed: () => Promise.resolve(false),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    notice,
    ...fields,
  }
}

function stage({ put }: Scene, { stagingKey: key }: Publication, text: string, how: PutHow = {}) {
  return put('staging', key ?? '', text, { meant: 'production', ...how })
}

/** Changes the content of an object behind the back of the store; its stamp stays. */
async function spoil({ folder }: Scene, bucket: string, key: string, text: string): Promise<void> {
  const file = path.join(folder, 'store', bucket, key)
  const { atime, mtime } = await stat(file)
  await chmod(file, 0o644)
  await writeFile(file, text)
  await utimes(file, atime, mtime)
}

test(
  'what is staged is copied, hashed at its destination, and stays in staging',
  onScene(async (scene) => {
    const publication = publicationOf('good')
    await stage(scene, publication, 'good')
    const progress: number[] = []
    await promote(publication, optionsOf(scene, { onProgress: (done) => void progress.push(done) }))
    const info = await scene.store('production').head(publication.key)
    assert.equal([info?.sha256, info?.repository, info?.bucket], [sha('good'), owner, null])
    assert.is(progress.at(-1), 4)
    assert.equal(await scene.keys('staging'), [publication.stagingKey])
    // Again, after a run that was killed.
    await rm(path.join(scene.folder, 'store/staging'), { recursive: true })
    await promote({ ...publication, isThere: true }, optionsOf(scene))
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
      assert.equal([error.context.expected, error.context.found], [sha('good'), sha('evil')])
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
  'an object of another data repository is nobody’s to publish, but may be rolled back to',
  onScene(
    async (scene) => {
      const there = { isThere: true } as const
      const publication = publicationOf('theirs', there)
      await scene.put('production', publication.key, 'theirs', { by: 'some/body' })
      const { context } = await failure('DM_OBJECT_FOREIGN', () =>
        promote(publication, optionsOf(scene)),
      )
      assert.is(context.owner, 'some/body')
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
  fields: Partial<PromotionOptions> = {},
): Promise<void> {
  const before = await scene.keys('production')
  await failure(code, () => verifyPromotable(publication, optionsOf(scene, fields)))
  await failure(code, () => promote(publication, optionsOf(scene, fields)))
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
    await refuses(scene, 'DM_STAGED_MISSING', publication)
    await refuses(
      scene,
      'DM_ROLLBACK_MISSING',
      publicationOf('good', { kind: 'rollback', stagingKey: null }),
    )
    await stage(scene, publication, 'good')
    await refuses(scene, 'DM_OBJECT_SIZE', { ...publication, bytes: 5 })
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
    await refuses(scene, 'DM_STAGED_BUCKET', publication)
    // Those of the predecessor do not say it: nobody of another bucket may have the same.
    const plain = publicationOf('plain', { stagingKey: `staging-uploads/${sha('plain')}.sqlite` })
    await scene.put('staging', plain.stagingKey ?? '', 'plain', {})
    const asked: string[] = []
    const isElsewhere = (sha256: string, bucket: string): boolean => {
      asked.push(`${sha256} ${bucket}`)
      return true
    }
    await refuses(scene, 'DM_STAGED_BUCKET', plain, { isElsewhere })
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
      assert.match(notice?.message ?? '', /some\/fork.*owner\/data/)
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
