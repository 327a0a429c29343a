import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmJson } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('docs/scripts.md')
const page = path.join(import.meta.dirname, '../../docs/scripts.md')
/** Of every document; the page says so once. `notices` is publish's own as well. */
const common = new Set(['ok', 'command', 'dryRun', 'notices'])

/** The fields that the page has for a command. */
async function documented(command: string): Promise<string[]> {
  const [, section = ''] = (await readFile(page, 'utf8')).split(`\n### ${command}\n`)
  const rows = (section.split('\n### ')[0] ?? '').matchAll(/^\| (`[^|]*`) +\|/gm)
  return [...rows]
    .flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
    .filter((name) => !common.has(name))
    .toSorted()
}

test('it names the fields that each command gives, and no other', () =>
  inFolder(async (folder) => {
    const { work, merge } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const check = async (command: string, ...args: string[]): Promise<void> => {
      const fields = Object.keys(await dmJson(work.folder, [command, ...args]))
      const given = fields.filter((name) => !common.has(name))
      assert.equal(given.toSorted(), await documented(command), command)
    }
    await check('prepare', 'm.sqlite', file)
    await merge('data/m-v1')
    await check('publish')
    await check('pull', 'm.sqlite', '-o', path.join(folder, 'out.sqlite'))
    await check('list')
    await check('graph', 'prepare')
    const cached = { env: { XDG_CACHE_HOME: path.join(folder, 'cache') } }
    assert.equal(
      Object.keys(await dmJson(folder, ['cache'], cached))
        .filter((name) => !common.has(name))
        .toSorted(),
      await documented('cache'),
    )
    await check('init', '--dry-run')
    await check('completion', 'bash')
  }))

test.run()
