import { randomBytes } from 'node:crypto'
import { chmod, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stagingKey } from '../../../lib/manifest/keys.ts'
import {
  promote,
  type PromotionOptions,
  verifyPromotable,
} from '../../../lib/publication/promote.ts'
import type { DeltaBase, Publication } from '../../../lib/publication/publication.ts'
import { createFolderStore } from '../../../lib/store/folder/folder-store.ts'
import type { Stamp } from '../../../lib/store/store.ts'
import { compressZst } from '../../../lib/transfer/zst/compress.ts'
import { decompressZst } from '../../../lib/transfer/zst/decompress.ts'
import { failure } from '../../helpers/failure.ts'
import { insistOnSignal } from '../../helpers/insist-on-signal.ts'
import { collect, deltaOf, pagesOf, sha256 } from '../transfer/delta/page-files.ts'
import { onScene, owner, type Scene } from './scene.ts'

const test = suite('promote, of what is staged in another form')

const old = pagesOf(Array.from({ length: 600 }, (_, index) => index))
const database = pagesOf(Array.from({ length: 700 }, (_, index) => (index === 7 ? 1 : index)))
const sha = sha256(database)
const zst = await compress(database)

const key = `model/v2-${sha}.sqlite`
const base: DeltaBase = {
  sha256: sha256(old),
  key: `model/v1-${sha256(old)}.sqlite`,
  bytes: old.length,
}
const deltaKey = `${key}.from-${base.sha256}.delta`

function compress(bytes: Buffer): Promise<Buffer> {
  return buffer(compressZst(from(bytes), { level: 3 }))
}

async function* from(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

function publicationOf(fields: Partial<Publication> = {}): Publication {
  return {
    kind: 'upload',
    dataset: 'model.sqlite',
    version: 'v2',
    bucket: 'production',
    key,
    sha256: sha,
    bytes: database.length,
    stagingKey: stagingKey(owner, 'production', sha, { form: 'compressed' }),
    base: null,
    isThere: false,
    commit: 'abcdef1',
    description: '',
    ...fields,
  }
}

const compressed = publicationOf()
const asDelta = publicationOf({
  stagingKey: stagingKey(owner, 'production', sha, { form: 'delta', base: base.sha256 }),
  base,
})

function optionsOf(
  { store, config, notice }: Scene,
  fields: Partial<PromotionOptions> = {},
): PromotionOptions {
  const { signal = new AbortController().signal } = fields
  return {
    staging: insistOnSignal(store('staging'), signal),
    target: insistOnSignal(store('production'), signal),
    formerly: [],
    compression: config.compression,
    isElsewhere: () => false,
    isNamed: () => Promise.resolve(false),
    signal,
    onProgress: () => undefined,
    notice,
    ...fields,
  }
}

async function put(
  { folder }: Scene,
  bucket: string,
  place: string,
  bytes: Buffer,
  stamp: Partial<Stamp> = {},
  by = owner,
): Promise<void> {
  const file = path.join(folder, 'bytes')
  await writeFile(file, bytes)
  const store = createFolderStore({ bucket, root: path.join(folder, 'store'), repository: by })
  await store.put(place, file, { stamp: { sha256: sha256(bytes), ...stamp } })
}

/** Stages a form as `prepare` does. */
function stage(
  scene: Scene,
  { stagingKey: place }: Publication,
  bytes: Buffer,
  stamp: Partial<Stamp> = {},
): Promise<void> {
  return put(scene, 'staging', place ?? '', bytes, { bucket: 'production', content: sha, ...stamp })
}

async function stageDelta(scene: Scene): Promise<Buffer> {
  const { delta } = await deltaOf(scene.folder, old, database)
  await put(scene, 'production', base.key, old)
  await stage(scene, asDelta, delta)
  return delta
}

/** Changes the content of an object behind the back of the store; its stamp stays. */
async function spoil({ folder, store }: Scene, bucket: string, place: string): Promise<void> {
  await store(bucket).freshen(place)
  const file = path.join(folder, 'store', bucket, place)
  const { atime, mtime, size } = await stat(file)
  await chmod(file, 0o644)
  await writeFile(file, randomBytes(size))
  await utimes(file, atime, mtime)
}

async function read({ store }: Scene, place: string): Promise<Buffer> {
  return buffer(await store('production').open(place, {}))
}

test(
  'what is compressed is rebuilt in its place, and kept beside it',
  onScene(async (scene) => {
    await stage(scene, compressed, zst)
    const options = optionsOf(scene)
    const { target } = options
    const opened: string[] = []
    const open: typeof target.open = (place, how) => {
      opened.push(place)
      return target.open(place, how)
    }
    await verifyPromotable(compressed, options)
    const companions = await promote(compressed, { ...options, target: { ...target, open } })
    assert.equal(companions, { compressedBytes: zst.length, delta: undefined })
    assert.equal(opened, [], 'it was proved on its way')
    assert.equal(await scene.keys('production'), [key, `${key}.zst`])
    assert.ok((await read(scene, key)).equals(database))
    assert.ok((await read(scene, `${key}.zst`)).equals(zst))
    const infos = await Promise.all(
      [key, `${key}.zst`].map((place) => scene.store('production').head(place)),
    )
    assert.equal(
      infos.map((info) => [info?.sha256, info?.content, info?.repository, info?.bucket]),
      [
        [sha, null, owner, null],
        [sha256(zst), sha, owner, null],
      ],
    )
    assert.equal(await scene.keys('staging'), [compressed.stagingKey])
    assert.equal(scene.notices, [])
  }),
)

test(
  'what is a delta is rebuilt from its base, and both the delta and what it spares are kept',
  onScene(async (scene) => {
    const delta = await stageDelta(scene)
    await verifyPromotable(asDelta, optionsOf(scene))
    const { compressedBytes = 0, delta: kept } = await promote(asDelta, optionsOf(scene))
    assert.equal(kept, { from: base.sha256, bytes: delta.length })
    assert.equal(await scene.keys('production'), [base.key, key, deltaKey, `${key}.zst`])
    assert.ok((await read(scene, key)).equals(database))
    assert.ok((await read(scene, deltaKey)).equals(delta))
    const made = await read(scene, `${key}.zst`)
    assert.is(made.length, compressedBytes)
    const back = await collect(decompressZst([made], { bytes: database.length }))
    assert.ok(back.equals(database))
    const info = await scene.store('production').head(`${key}.zst`)
    assert.equal([info?.sha256, info?.content], [sha256(made), sha])
  }),
)

test(
  'a delta gets no compressed form where none is wanted, or where it would spare nothing',
  onScene(async (scene) => {
    const delta = await stageDelta(scene)
    const kept = { from: base.sha256, bytes: delta.length }
    const only = { compressedBytes: undefined, delta: kept }
    assert.equal(await promote(asDelta, optionsOf(scene, { compression: null })), only)
    assert.equal(await scene.keys('production'), [base.key, key, deltaKey])
    const again = { ...asDelta, isThere: true }
    assert.equal(await promote(again, optionsOf(scene, { compression: null })), only)
    // Where this machine has no room for it, the version does not wait.
    await scene.store('production').remove(key)
    const { TMPDIR } = process.env
    process.env['TMPDIR'] = path.join(scene.folder, 'none')
    try {
      assert.equal(await promote(asDelta, optionsOf(scene)), only)
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = TMPDIR
    }
    const random = Buffer.concat([database.subarray(0, 512), randomBytes(300 * 512)])
    random.writeUInt32BE(301, 28)
    const found = await deltaOf(scene.folder, database, random)
    const next = publicationOf({
      key: `model/v3-${sha256(random)}.sqlite`,
      sha256: sha256(random),
      bytes: random.length,
      stagingKey: stagingKey(owner, 'production', sha256(random), { form: 'delta', base: sha }),
      base: { sha256: sha, key, bytes: database.length },
    })
    await stage(scene, next, found.delta, { content: sha256(random) })
    const { compressedBytes } = await promote(next, optionsOf(scene))
    assert.is(compressedBytes, undefined)
  }),
)

test(
  'a form that is broken, or of other bytes, is refused and gone from staging, so that it can be staged again',
  onScene(async (scene) => {
    const { delta } = await deltaOf(scene.folder, old, database)
    await put(scene, 'production', base.key, old)
    const other = Buffer.from(database).fill(9, database.length - 4)
    const otherDelta = await deltaOf(scene.folder, old, other)
    const lie = Buffer.from(otherDelta.delta)
    delta.copy(lie, 72, 72, 104) // the hash of the target
    const cases: [Publication, Buffer, 'DM_FORM_BROKEN' | 'DM_BYTES_DIFFER'][] = [
      [compressed, zst.subarray(0, -1), 'DM_FORM_BROKEN'],
      [compressed, Buffer.concat([zst, Buffer.alloc(1)]), 'DM_FORM_BROKEN'],
      [compressed, await compress(Buffer.alloc(database.length + 1)), 'DM_FORM_BROKEN'],
      [compressed, await compress(other), 'DM_BYTES_DIFFER'],
      [asDelta, delta.subarray(0, -1), 'DM_FORM_BROKEN'],
      [asDelta, otherDelta.delta, 'DM_FORM_BROKEN'],
      [asDelta, lie, 'DM_BYTES_DIFFER'],
    ]
    for (const [publication, bytes, code] of cases) {
      await stage(scene, publication, bytes)
      const { context } = await failure(code, () => promote(publication, optionsOf(scene)))
      if ('key' in context) assert.is(context.key, publication.stagingKey)
      assert.equal(await scene.keys('production'), [base.key])
      assert.equal(await scene.keys('staging'), [], code)
    }
    await stage(scene, compressed, zst)
    await promote(compressed, optionsOf(scene))
  }),
)

test(
  'what was wrong only once stays in staging, and so does a delta whose base is damaged',
  onScene(async (scene) => {
    await stage(scene, compressed, zst)
    const options = optionsOf(scene)
    const { staging } = options
    const damaged = Buffer.from(zst).fill(0, 100, 200)
    let reads = 0
    const open: typeof staging.open = (place, how) =>
      reads++ === 0 ? Promise.resolve(Readable.from([damaged])) : staging.open(place, how)
    await failure('DM_FORM_BROKEN', () =>
      promote(compressed, { ...options, staging: { ...staging, open } }),
    )
    assert.equal(await scene.keys('production'), [])
    assert.equal(await scene.keys('staging'), [compressed.stagingKey])

    await stageDelta(scene)
    await spoil(scene, 'production', base.key)
    const { context } = await failure('DM_OBJECT_HASH', () => promote(asDelta, optionsOf(scene)))
    assert.equal([context.key, context.sha256], [base.key, base.sha256])
    assert.equal(await scene.keys('production'), [base.key])
    assert.is((await scene.keys('staging')).length, 2)
  }),
)

test(
  'a run that was killed between a database and what lies beside it is made good, if that can be',
  onScene(async (scene) => {
    const delta = await stageDelta(scene)
    await stage(scene, compressed, zst)
    const there = { isThere: true }
    const production = scene.store('production')
    await promote(asDelta, optionsOf(scene))
    const whole = await scene.keys('production')
    const expected = {
      compressedBytes: (await read(scene, `${key}.zst`)).length,
      delta: { from: base.sha256, bytes: delta.length },
    }
    for (const missing of [[`${key}.zst`], [deltaKey], [deltaKey, `${key}.zst`], []]) {
      for (const one of missing) await production.remove(one)
      assert.equal(await promote({ ...asDelta, ...there }, optionsOf(scene)), expected)
      assert.equal(await scene.keys('production'), whole)
    }
    await production.remove(`${key}.zst`)
    const zstOnly = { compressedBytes: zst.length, delta: undefined }
    assert.equal(await promote({ ...compressed, ...there }, optionsOf(scene)), zstOnly)
    // Nothing is asked of staging where nothing is missing.
    const options = optionsOf(scene)
    const head = (): never => {
      throw new Error('staging was asked')
    }
    const staging = { ...options.staging, head }
    assert.equal(await promote({ ...compressed, ...there }, { ...options, staging }), zstOnly)
    await scene.store('staging').remove(compressed.stagingKey ?? '')
    // Its bytes are right: nobody waits for more.
    await production.remove(`${key}.zst`)
    const none = { compressedBytes: undefined, delta: undefined }
    assert.equal(await promote({ ...compressed, ...there }, optionsOf(scene)), none)
    await stage(scene, compressed, zst.subarray(1))
    assert.equal(await promote({ ...compressed, ...there }, optionsOf(scene)), none)
    // What lies there is read all the same, and wrong staged bytes go with it.
    await spoil(scene, 'production', key)
    await failure('DM_BYTES_DIFFER', () => promote({ ...compressed, ...there }, optionsOf(scene)))
    assert.equal(await scene.keys('production'), [base.key, deltaKey])
    assert.equal(await scene.keys('staging'), [asDelta.stagingKey])
  }),
)

test(
  'something else in the place of what lies beside it is replaced',
  onScene(async (scene) => {
    await stage(scene, compressed, zst)
    const place = `${key}.zst`
    for (const [bytes, stamp, by] of [
      [Buffer.from('else'), { content: sha }, owner],
      [zst, { content: undefined }, owner],
      [zst, { content: base.sha256 }, owner],
      [zst, { content: sha }, 'some/body'],
    ] as const) {
      // A stamp of this repository's own is believed where the database lies there.
      for (const isThere of stamp.content === sha && by === owner ? [false] : [false, true]) {
        if (isThere) await put(scene, 'production', key, database)
        await put(scene, 'production', place, bytes, stamp, by)
        const { compressedBytes } = await promote({ ...compressed, isThere }, optionsOf(scene))
        assert.is(compressedBytes, zst.length)
        const info = await scene.store('production').head(place)
        assert.equal([info?.sha256, info?.content, info?.repository], [sha256(zst), sha, owner])
        for (const one of [place, key]) await scene.store('production').remove(one)
      }
    }
  }),
)

test(
  'what is replaced in staging after it was proved is not kept',
  onScene(async (scene) => {
    await stage(scene, compressed, zst)
    const options = optionsOf(scene)
    const { target } = options
    const other = await buffer(compressZst(from(database), { level: 1 }))
    const copy: typeof target.copy = async (...args) => {
      await scene.store('staging').remove(compressed.stagingKey ?? '')
      await stage(scene, compressed, other)
      return target.copy(...args)
    }
    await failure('DM_STORE_MISMATCH', () =>
      promote(compressed, { ...options, target: { ...target, copy } }),
    )
    assert.equal(await scene.keys('production'), [key])
  }),
)

test(
  'what another run puts there meanwhile is read, and has to be right',
  onScene(async (scene) => {
    await stage(scene, compressed, zst)
    await put(scene, 'production', key, database)
    const companions = await promote(compressed, optionsOf(scene))
    assert.equal(companions, { compressedBytes: zst.length, delta: undefined })
    await spoil(scene, 'production', key)
    await failure('DM_BYTES_DIFFER', () => promote(compressed, optionsOf(scene)))
    assert.equal(await scene.keys('production'), [`${key}.zst`])
    assert.equal(await scene.keys('staging'), [compressed.stagingKey])
    const options = optionsOf(scene)
    const { target } = options
    const late: typeof target.put = async (...args) => {
      const stored = await target.put(...args)
      await spoil(scene, 'production', key)
      return { ...stored, sentBytes: 0 }
    }
    await failure('DM_BYTES_DIFFER', () =>
      promote(compressed, { ...options, target: { ...target, put: late } }),
    )
    await put(scene, 'production', key, database, {}, 'some/body')
    await failure('DM_OBJECT_FOREIGN', () => promote(compressed, optionsOf(scene)))
  }),
)

test(
  'what cannot be rebuilt is told before anything is read',
  onScene(async (scene) => {
    const refuses = async (
      code: Parameters<typeof failure>[0],
      publication: Publication,
    ): Promise<object> => {
      const error = await failure(code, () => verifyPromotable(publication, optionsOf(scene)))
      const { context } = await failure(code, () => promote(publication, optionsOf(scene)))
      assert.equal(context, error.context)
      return context
    }
    await refuses('DM_STAGED_MISSING', compressed)
    await stageDelta(scene)
    const baseless = await refuses('DM_STAGED_BASE', { ...asDelta, base: null })
    const { dataset, version } = asDelta
    assert.equal(baseless, { dataset, version, base: base.sha256 })
    await stage(scene, compressed, zst, { content: base.sha256 })
    await refuses('DM_FORM_BROKEN', compressed)
    await scene.store('staging').remove(compressed.stagingKey ?? '')
    await stage(scene, compressed, zst, { bucket: 'internal' })
    await refuses('DM_STAGED_BUCKET', compressed)
    await scene.store('staging').remove(compressed.stagingKey ?? '')
    await stage(scene, compressed, zst)
    await refuses('DM_FORM_BROKEN', { ...compressed, bytes: null })
    assert.equal(await scene.keys('production'), [base.key])
  }),
)

test.run()
