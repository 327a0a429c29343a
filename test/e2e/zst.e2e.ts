import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compressZst } from '../../lib/transfer/zst/compress.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { createLargeDatabase } from '../helpers/large-database.ts'

const test = suite('the program zstd')
const run = promisify(execFile)

test('reads the form .zst, and finds its checksums right', () =>
  inFolder(async (folder) => {
    const file = await createLargeDatabase(path.join(folder, 'a.sqlite'), 5)
    for (const level of [1, 3, 19]) {
      const compressed = path.join(folder, `${level}.zst`)
      await writeFile(compressed, compressZst(createReadStream(file), { level }))
      const { stdout } = await run('zstd', ['--list', '--verbose', compressed])
      assert.match(stdout, /# Zstandard Frames: 5\n# Skippable Frames: 1\n/)
      assert.match(stdout, /Check: XXH64/)
      const back = path.join(folder, `${level}.sqlite`)
      await run('zstd', ['--decompress', compressed, '-o', back])
      assert.ok((await readFile(back)).equals(await readFile(file)))
    }
  }))

test.run()
