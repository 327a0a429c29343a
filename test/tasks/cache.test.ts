import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('dm cache')

test('it shows what is kept, and clears it, in any folder', () =>
  inFolder(async (folder) => {
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') }
    const place = path.join(folder, 'cache/datamanager/databases')
    const empty = await dmJson(folder, ['cache'], { env })
    assert.equal([empty['path'], empty['bytes'], empty['entries']], [place, 0, 0])
    await writeFile(path.join(place, `${'a'.repeat(64)}.sqlite`), 'abc')
    const { bytes, entries } = await dmJson(folder, ['cache', 'show'], { env })
    assert.equal([bytes, entries], [3, 1])
    await dmJson(folder, ['cache', 'clear', '--dry-run'], { env })
    assert.is((await readdir(place)).length, 1)
    const cleared = await runHere(folder, ['cache', 'clear'], env)
    assert.match(cleared.stdout, /^Removed 1 database \(3 B\) from /)
    assert.equal(await readdir(place), [])
  }))

test('it says why there is none', () =>
  inFolder(async (folder) => {
    await symlink(folder, path.join(folder, 'datamanager'))
    const env = { XDG_CACHE_HOME: folder }
    const expected = { exit: 1, code: 'DM_CACHE_UNUSABLE' }
    const { hint } = await dmFailure(folder, ['cache'], expected, { env })
    assert.match(hint, 'XDG_CACHE_HOME')
  }))

test.run()
