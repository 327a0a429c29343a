import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inFolder } from '../helpers/in-folder.ts'
import { deltaOf, pagesOf } from '../lib/transfer/delta/page-files.ts'

const test = suite('the reader in docs/formats/delta.md')
const run = promisify(execFile)
const page = path.join(import.meta.dirname, '../../docs/formats/delta.md')

test('makes the target of the base, and of no other', () =>
  inFolder(async (folder) => {
    const [, reader = ''] = /```python\n(.*?)```/s.exec(await readFile(page, 'utf8')) ?? []
    const base = pagesOf([...Array(3000).keys()])
    const target = pagesOf([...Array(3000).keys()].toSpliced(7, 2).with(1500, 9).concat(4711, 5))
    const { delta } = await deltaOf(folder, base, target)
    const at = (name: string): string => path.join(folder, name)
    await writeFile(at('read.py'), reader)
    await writeFile(at('a.delta'), delta)
    await run('python3', ['read.py', 'base.sqlite', 'a.delta', 'made.sqlite'], { cwd: folder })
    assert.ok((await readFile(at('made.sqlite'))).equals(target))
    const other = ['read.py', 'target.sqlite', 'a.delta', 'made.sqlite']
    const failed: unknown = await run('python3', other, { cwd: folder }).catch((error) => error)
    assert.match(String(failed), /is it the right base/)
  }))

test.run()
