import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, readFile, rename, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { planStaging, stageFile } from '../../../lib/change/stage-file.ts'
import { withFile } from '../../../lib/files/file-identity.ts'
import { hashFile, type HashedFile } from '../../../lib/files/hash-file.ts'
import { createFolderStore } from '../../../lib/store/folder/folder-store.ts'
import type { Store } from '../../../lib/store/store.ts'
import { withSource } from '../../../lib/store/byte-source.ts'
import { packZst } from '../../../lib/transfer/pack/pack-database.ts'
import { asWhole, type Packed } from '../../../lib/transfer/pack/packed.ts'
import { ageObject } from '../../helpers/age-object.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/change/stage-file')

const place = { key: 'staging-uploads/a.sqlite', bucket: 'production', retentionMs: 1e9 }
const context = { signal: new AbortController().signal, report: () => {}, notice: () => {} }

/** A file that was hashed and is still open, and an empty staging bucket. */
function onHashed(
  body: (scene: { database: HashedFile; staging: Store; folder: string }) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    await writeFile(file, 'content')
    await utimes(file, 1000, 1000)
    const staging = createFolderStore({ bucket: 'staging', root: folder, repository: 'owner/data' })
    await withFile(file, async (opened) => {
      await body({ database: await hashFile(opened), staging, folder })
    })
  })
}

test('what is stored is the file that was hashed, as it is open', () =>
  onHashed(async ({ database, staging }) => {
    const staged = await stageFile(staging, asWhole(database), place, context)
    assert.equal(staged, { key: place.key, bytes: 7, sentBytes: 7, form: 'whole' })
    const info = await staging.head(place.key)
    assert.equal([info?.sha256, info?.bucket], [database.sha256, 'production'])
    assert.is((await stageFile(staging, asWhole(database), place, context)).sentBytes, 0)
  }))

test('a file that has changed since it was hashed is not begun to be sent', async () => {
  const changes: ((file: string) => Promise<void>)[] = [
    (file) => appendFile(file, 'more'),
    (file) => writeFile(file, 'CONTENT'),
    async (file) => {
      await writeFile(`${file}-new`, 'content')
      await rename(`${file}-new`, file)
    },
  ]
  for (const change of changes) {
    await onHashed(async ({ database, staging }) => {
      await change(database.path)
      const put = (): never => {
        throw new Error('it was sent')
      }
      await failure('DM_FILE_CHANGED', () =>
        stageFile({ ...staging, put }, asWhole(database), place, context),
      )
    })
  }
})

test('nor does it become an object where it changes while it is sent', () =>
  onHashed(async ({ database, staging }) => {
    const changing: Store = {
      ...staging,
      put: async (...request) => {
        await writeFile(database.path, 'CONTENT')
        return staging.put(...request)
      },
    }
    await failure('DM_FILE_CHANGED', () => stageFile(changing, asWhole(database), place, context))
    assert.is(await staging.head(place.key), null)
  }))

test('bytes that wait since half the retention get a new date, younger ones do not', () =>
  onHashed(async ({ database, staging, folder }) => {
    const hour = 3_600_000
    const stage = (): Promise<unknown> =>
      stageFile(staging, asWhole(database), { ...place, retentionMs: 10 * hour }, context)
    const ageOf = async (): Promise<number> =>
      Math.round((Date.now() - Number((await staging.head(place.key))?.modified)) / hour)
    await stage()
    for (const [before, after] of [
      [1, 1],
      [4, 4],
      [6, 0],
      [1000, 0],
    ] as const) {
      await ageObject(path.join(folder, 'staging'), place.key, before * hour)
      assert.is(await ageOf(), before)
      await stage()
      assert.is(await ageOf(), after, `${before} hours`)
    }
    const info = await staging.head(place.key)
    assert.equal([info?.sha256, info?.bucket], [database.sha256, 'production'])
  }))

test('the store’s clock decides where it is asked', () =>
  onHashed(async ({ database, staging, folder }) => {
    const hour = 3_600_000
    let freshened = 0
    let asked = 0
    // Its clock is behind: to it, the object is young.
    const behind: Store = Object.assign(Object.create(staging) as Store, {
      now: async () => {
        asked++
        return new Date((await staging.now()).getTime() - 3 * hour)
      },
      freshen: (...args: Parameters<Store['freshen']>) => {
        freshened++
        return staging.freshen(...args)
      },
    })
    await stageFile(behind, asWhole(database), place, context)
    await stageFile(behind, asWhole(database), place, context)
    assert.is(asked, 0)
    await ageObject(path.join(folder, 'staging'), place.key, 6 * hour)
    await stageFile(behind, asWhole(database), { ...place, retentionMs: 10 * hour }, context)
    assert.is(freshened, 0)
    await stageFile(behind, asWhole(database), { ...place, retentionMs: 5 * hour }, context)
    assert.is(freshened, 1)
  }))

test('a plan says what would be sent', () =>
  onHashed(async ({ database, staging }) => {
    const { key } = place
    const sends = { key, bytes: 7, sentBytes: 7, form: 'whole' }
    assert.equal(await planStaging(staging, asWhole(database), key), sends)
    const told: object[] = []
    const report = (progress: object): void => void told.push(progress)
    await stageFile(staging, asWhole(database), place, { ...context, report })
    assert.equal(told.at(-1), { done: 7, total: 7 })
    assert.equal(await planStaging(staging, asWhole(database), key), { ...sends, sentBytes: 0 })
  }))

/** The same content, compressed in some way. */
async function compressed(database: HashedFile, folder: string, level: number): Promise<Packed> {
  const scratch = await mkdtemp(path.join(folder, 'scratch-'))
  return packZst(database, { level, scratch, signal: context.signal })
}

test('a compressed form is stamped with its own hash and with that of its content', () =>
  onHashed(async ({ database, staging, folder }) => {
    const packed = await compressed(database, folder, 3)
    const staged = await stageFile(staging, packed, place, context)
    const { bytes } = packed
    assert.equal(staged, { key: place.key, bytes, sentBytes: bytes, form: 'compressed' })
    const info = await staging.head(place.key)
    const stamps = [info?.sha256, info?.content, info?.bucket]
    assert.equal(stamps, [packed.sha256, database.sha256, 'production'])
    assert.is((await stageFile(staging, packed, place, context)).sentBytes, 0)
  }))

test('one that somebody else made is used where it is the same database, and replaced where not', () =>
  onHashed(async ({ staging, folder }) => {
    const file = path.join(folder, 'large')
    await writeFile(file, Array.from({ length: 9000 }, (_, at) => `${at} ${at * at}`).join(' '))
    await withFile(file, async (opened) => {
      const database = await hashFile(opened)
      const [own, other] = [
        await compressed(database, folder, 1),
        await compressed(database, folder, 19),
      ]
      assert.not.equal(own.sha256, other.sha256)
      const stamp = { bucket: 'production', content: database.sha256 }
      await stageFile(staging, other, place, context)
      const told: string[] = []
      const listening = { ...context, notice: (sentence: string) => void told.push(sentence) }
      const { bytes, sentBytes } = await stageFile(staging, own, place, listening)
      assert.equal({ bytes, sentBytes, told }, { bytes: other.bytes, sentBytes: 0, told: [] })
      await staging.remove(place.key)
      // Neither a lie in a frame nor another database under its name is of use.
      const whole = await readFile(file)
      const lies = [whole, await another(folder, 'else'), await another(folder, whole)]
      for (const lie of lies) {
        const liar = path.join(folder, 'lie')
        await writeFile(liar, lie)
        const sha256 = createHash('sha256').update(lie).digest('hex')
        await staging.put(place.key, liar, { stamp: { ...stamp, sha256 } })
        const { sentBytes: sent } = await stageFile(staging, own, place, listening)
        assert.is(sent, own.bytes)
        assert.is((await staging.head(place.key))?.sha256, own.sha256)
        assert.match(told.pop() ?? '', /it is replaced/)
        await staging.remove(place.key)
      }
    })
  }))

test('whole bytes are never replaced', () =>
  onHashed(async ({ database, staging, folder }) => {
    const liar = path.join(folder, 'lie')
    await writeFile(liar, 'CONTENT')
    const sha256 = createHash('sha256').update('CONTENT').digest('hex')
    await staging.put(place.key, liar, { stamp: { sha256 } })
    await failure('DM_STORE_CONFLICT', () => stageFile(staging, asWhole(database), place, context))
  }))

async function bytesOf({ content }: Packed): Promise<Buffer> {
  return withSource(content, async (source) => {
    const chunks: Buffer[] = []
    for await (const chunk of source.open()) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
  })
}

/** The compressed form of another file. */
async function another(folder: string, content: string | Buffer): Promise<Buffer> {
  const file = path.join(folder, 'another')
  const bytes = Buffer.from(content)
  // The size stays.
  bytes.set([1], 0)
  await writeFile(file, bytes)
  return withFile(file, async (opened) =>
    bytesOf(await compressed(await hashFile(opened), folder, 3)),
  )
}

test.run()
