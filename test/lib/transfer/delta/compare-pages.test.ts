import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { comparePages } from '../../../../lib/transfer/delta/compare-pages.ts'
import { failure } from '../../../helpers/failure.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { named, pagesOf } from './page-files.ts'

const test = suite('lib/transfer/delta/compare-pages')

/** Files of these names and contents. */
function filesIn(folder: string, ...contents: readonly Buffer[]): string[] {
  return contents.map((bytes, at) => {
    const file = path.join(folder, `${at}.sqlite`)
    writeFileSync(file, bytes)
    return file
  })
}

test('it hashes the base, and says of each page whether it is the same', () =>
  inFolder(async (folder) => {
    const base = pagesOf([1, 2, 3])
    const [one = '', other = ''] = filesIn(folder, base, pagesOf([1, 2, 9, 4]))
    const { base: found, shared } = await comparePages(one, other)
    assert.equal(found, named(base))
    assert.equal(shared?.records, Uint32Array.of(0, 0, 1, 1, 1, 2))
    assert.is(shared?.newPages, 3)
    assert.equal([shared?.pages.before.length, shared?.pages.after.length], [4, 5])
  }))

test('databases with pages of different sizes share none; the base is hashed all the same', () =>
  inFolder(async (folder) => {
    const base = pagesOf(Array<number>(5000).fill(1))
    const target = Buffer.alloc(1024)
    pagesOf([1, 2]).copy(target)
    target.writeUInt16BE(1024, 16)
    target.writeUInt32BE(1, 28)
    const [one = '', other = ''] = filesIn(folder, base, target)
    assert.equal(await comparePages(one, other), { base: named(base), shared: null })
  }))

test('what is no database is told as it is elsewhere, and an abort ends it', () =>
  inFolder(async (folder) => {
    const [one = '', other = ''] = filesIn(folder, pagesOf([1]), Buffer.from('no database'))
    await failure('DM_DATABASE_NOT_SQLITE', () => comparePages(one, other))
    const reason = new Error('enough')
    const aborted = comparePages(one, one, AbortSignal.abort(reason))
    assert.is(await aborted.catch((error: unknown) => error), reason)
    const controller = new AbortController()
    const begun = comparePages(one, one, controller.signal)
    controller.abort(reason)
    assert.is(await begun.catch((error: unknown) => error), reason)
  }))

test.run()
