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

/** So many pages make a file that is compared in a thread of its own. */
const MANY = 8 * 2048 + 1

test('it hashes the base, and says of each page whether it is the same', () =>
  inFolder(async (folder) => {
    for (const more of [0, MANY]) {
      const rest = Array<number>(more).fill(7)
      const base = pagesOf([1, 2, ...rest, 3])
      const [one = '', other = ''] = filesIn(folder, base, pagesOf([1, 2, ...rest, 9, 4]))
      const { base: found, shared } = await comparePages(one, other)
      assert.equal(found, named(base))
      assert.equal(shared?.records, Uint32Array.of(0, 0, 1, 1, 1 + more, 2))
      assert.is(shared?.newPages, 3)
      assert.equal([shared?.pages.before.length, shared?.pages.after.length], [4 + more, 5 + more])
    }
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
    const large = pagesOf(Array<number>(MANY).fill(1))
    const no = [Buffer.from('no database'), Buffer.alloc(large.length)]
    const [small = '', one = '', ...others] = filesIn(folder, pagesOf([1]), large, ...no)
    for (const other of others) {
      await failure('DM_DATABASE_NOT_SQLITE', () => comparePages(one, other))
    }
    const reason = new Error('enough')
    for (const file of [small, one]) {
      const aborted = comparePages(file, file, AbortSignal.abort(reason))
      assert.is(await aborted.catch((error: unknown) => error), reason)
    }
    const controller = new AbortController()
    const begun = comparePages(one, one, controller.signal)
    controller.abort(reason)
    assert.is(await begun.catch((error: unknown) => error), reason)
  }))

test.run()
