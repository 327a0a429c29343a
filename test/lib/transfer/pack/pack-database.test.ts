import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalFile, withFile } from '../../../../lib/files/file-identity.ts'
import { hashFile, type HashedFile } from '../../../../lib/files/hash-file.ts'
import { hashBeside } from '../../../../lib/transfer/pack/hash-beside.ts'
import { type DeltaBase, packDatabase } from '../../../../lib/transfer/pack/pack-database.ts'
import type { Packed } from '../../../../lib/transfer/pack/packed.ts'
import { readDatabase } from '../../../../lib/transfer/pack/read-database.ts'
import { withSource } from '../../../../lib/store/byte-source.ts'
import { failure } from '../../../helpers/failure.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { findShared } from '../../../../lib/transfer/delta/find-shared.ts'
import { collect, named, pagesOf, sha256 } from '../delta/page-files.ts'

const test = suite('lib/transfer/pack')

const { signal } = new AbortController()

const list = (length: number): number[] => [...Array(length).keys()]

/** Pages of bytes that cannot be compressed. */
function noise(pages: number): Buffer {
  const bytes = pagesOf(list(pages))
  randomBytes(bytes.length - 512).copy(bytes, 512)
  return bytes
}

/** Packs a database, with or without a base; what is stored is read back. */
async function packed(
  folder: string,
  target: Buffer,
  { base, compressed }: { base?: Buffer; compressed?: Packed | null } = {},
): Promise<{ form: string; bytes: number; decoded: boolean; left: string[] }> {
  const scratch = path.join(folder, 'scratch')
  await mkdir(scratch)
  const paths = [path.join(folder, 'base.sqlite'), path.join(folder, 'target.sqlite')] as const
  await writeFile(paths[0], base ?? target)
  await writeFile(paths[1], target)
  return withFile(paths[1], async (opened) => {
    const database = await hashFile(opened)
    const found: DeltaBase | null =
      base === undefined ? null : { ...findShared(...paths), path: paths[0] }
    const made = await packDatabase(database, found, compressed, { level: 3, scratch, signal })
    const stored = await withSource(made.content, (source) => collect(source.open(signal)))
    assert.equal(named(stored), { sha256: made.sha256, bytes: made.bytes })
    const decoded = await collect(made.decode(withChunks(stored), signal))
    const left = readdirSync(scratch)
    return { form: made.form, bytes: made.bytes, decoded: decoded.equals(target), left }
  })
}

async function* withChunks(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes
}

test('what changes little is a delta, what changes much a .zst, what does not compress whole', async () => {
  const bases = list(3000)
  const cases: [string, Buffer, Buffer | undefined][] = [
    ['compressed', pagesOf(bases), undefined],
    ['delta', pagesOf(bases.with(7, 9)), pagesOf(bases)],
    ['compressed', pagesOf(bases.toReversed()), pagesOf(bases)],
    [
      'compressed',
      pagesOf(bases.map((one, at) => (at % 10 < 6 ? -at - 1 + 2 ** 32 : one))),
      pagesOf(bases),
    ],
    // From itself nothing is a delta.
    ['compressed', pagesOf(bases), pagesOf(bases)],
    ['whole', noise(3000), undefined],
    ['whole', noise(3000), noise(3000)],
  ]
  for (const [at, [form, target, base]] of cases.entries()) {
    await inFolder(async (folder) => {
      const found = await packed(folder, target, base === undefined ? {} : { base })
      assert.is(found.form, form, `case ${at}`)
      assert.ok(found.decoded)
      assert.is(found.left.length, form === 'whole' ? 0 : 1)
    })
  }
})

test('of noise that changes little a delta is sent', () =>
  inFolder(async (folder) => {
    const base = noise(1000)
    const target = Buffer.from(base)
    randomBytes(512).copy(target, 5120)
    const { form, decoded } = await packed(folder, target, { base })
    assert.equal({ form, decoded }, { form: 'delta', decoded: true })
  }))

test('a delta above half of the .zst, or with most pages new, is not sent', () =>
  inFolder(async (folder) => {
    const base = pagesOf(list(1000).map((at) => at * 7919))
    // Half of the pages are new.
    const target = pagesOf(list(1000).map((at) => (at % 2 === 0 ? at * 7919 : at * 104_729)))
    assert.is((await packed(folder, target, { base })).form, 'compressed')
  }))

/** What reading a file once gives. */
function read(
  file: string,
  openScratch: () => Promise<string>,
): Promise<Awaited<ReturnType<typeof readDatabase>> & { told: number }> {
  return withFile(file, async (opened: LocalFile) => {
    let told = 0
    const onProgress = (done: number): void => {
      told = done
    }
    return { ...(await readDatabase(opened, { level: 3, openScratch, signal, onProgress })), told }
  })
}

test('a file is hashed and compressed in one reading', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'a.sqlite')
    const bytes = pagesOf(list(5000))
    await writeFile(file, bytes)
    const { database, compressed, failure: failed, told } = await read(file, async () => folder)
    assert.equal(
      [database.sha256, database.bytes, told],
      [sha256(bytes), bytes.length, bytes.length],
    )
    assert.is(failed, null)
    const stored = await readFile(path.join(folder, 'database.zst'))
    assert.equal([compressed?.sha256, compressed?.bytes], [sha256(stored), stored.length])
    assert.ok(
      (await collect(compressed?.decode(withChunks(stored), signal) ?? withChunks(stored))).equals(
        bytes,
      ),
    )
  }))

test('one that does not compress is hashed to its end, and nothing is left', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'a.sqlite')
    const bytes = noise(9000)
    await writeFile(file, bytes)
    const { database, compressed, failure: failed } = await read(file, async () => folder)
    assert.equal([database.sha256, compressed, failed], [sha256(bytes), null, null])
    assert.equal(readdirSync(folder), ['a.sqlite'])
  }))

test('where the disk takes nothing, it is hashed all the same, and that is told', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'a.sqlite')
    const bytes = pagesOf(list(3000))
    await writeFile(file, bytes)
    const found = await read(file, async () => path.join(folder, 'not there'))
    assert.equal([found.database.sha256, found.compressed], [sha256(bytes), null])
    assert.is(found.failure?.code, 'DM_SCRATCH_UNUSABLE')
  }))

test('a file that changes while it is read, or packed, gives nothing', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'a.sqlite')
    await writeFile(file, pagesOf(list(3000)))
    for (const change of [
      () => appendFile(file, 'x'),
      () => writeFile(file, pagesOf(list(3000).with(9, 1))),
    ]) {
      await writeFile(file, pagesOf(list(3000)))
      await failure('DM_FILE_CHANGED', () =>
        read(file, async () => {
          await change()
          return mkdtemp(path.join(folder, 'scratch-'))
        }),
      )
    }
    await writeFile(file, pagesOf(list(3000)))
    await withFile(file, async (opened) => {
      const database = await hashFile(opened)
      const pack = (one: HashedFile): Promise<Packed> =>
        packDatabase(one, null, undefined, { level: 3, scratch: folder, signal })
      const made = await pack(database)
      await writeFile(file, pagesOf(list(3000).with(9, 1)))
      await failure('DM_FILE_CHANGED', () => pack(database))
      await failure('DM_FILE_CHANGED', () =>
        withSource(made.content, (source) => source.verifyUnchanged()),
      )
    })
  }))

test('beside a hash the pages are compared; a base that is none changes nothing', () =>
  inFolder(async (folder) => {
    const [file, base] = [path.join(folder, 'a.sqlite'), path.join(folder, 'b.sqlite')]
    await writeFile(file, pagesOf(list(30)))
    await writeFile(base, pagesOf(list(20)))
    await withFile(file, async (opened) => {
      const found = await hashBeside(opened, base, { signal })
      assert.is(found.database.sha256, sha256(pagesOf(list(30))))
      assert.is(found.comparison?.shared?.newPages, 11)
      await writeFile(base, 'nothing')
      const other = await hashBeside(opened, base, { signal })
      assert.equal([other.database.sha256, other.comparison], [found.database.sha256, null])
      const reason = new Error('enough')
      const aborted = hashBeside(opened, base, { signal: AbortSignal.abort(reason) })
      assert.is(await aborted.catch((error: unknown) => error), reason)
    })
  }))

test.run()
