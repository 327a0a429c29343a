import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmHere, runHere } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('private bytes become public only where that is meant')

test('prepare asks for --disclose, also with -y, and the entry says it', () =>
  inFolder(async (folder) => {
    const { work, merge, manifest } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const prepare = (name: string, ...options: string[]): ReturnType<typeof dmHere> =>
      dmHere(work.folder, ['prepare', name, file, ...options])
    assert.is((await prepare('hidden.sqlite', '--bucket', 'internal')).exit, 0)
    await merge('data/hidden-v1')
    // Pending or published is all the same.
    for (const state of ['pending', 'published']) {
      for (const options of [[], ['-y'], ['--dry-run']]) {
        const refused = await prepare('open.sqlite', ...options)
        assert.equal([refused.exit, refused.code], [2, 'DM_DISCLOSURE_UNCONFIRMED'], state)
        assert.match(refused.message, /hidden\.sqlite.*open\.sqlite.*production/)
      }
      assert.is((await dmHere(work.folder, ['publish'])).exit, 0)
    }
    // Into another private bucket it is nobody's business.
    assert.is((await prepare('other.sqlite', '--bucket', 'internal', '--dry-run')).exit, 0)
    assert.is((await prepare('open.sqlite', '--disclose')).exit, 0)
    await merge('data/open-v1')
    assert.is((await dmHere(work.folder, ['publish'])).exit, 0)
    assert.is((await manifest())[1]?.history[0]?.['disclose'], true)
  }))

test('who pushes a proposal is told that its bytes are in this clone only', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const told = async (...options: string[]): Promise<string> =>
      (await runHere(work.folder, ['prepare', 'a.sqlite', file, ...options])).stderr
    const words = "where nobody who clones from 'origin' finds them"
    assert.not.match(await told('--no-push'), words)
    assert.match(await told(), words)
    const { document } = await dmHere(work.folder, ['prepare', 'a.sqlite', file])
    assert.match(JSON.stringify(document), 'DM_STORE_EMBEDDED')
  }))

test.run()
