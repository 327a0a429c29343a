import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { definitions } from '../../lib/errors/definitions.ts'

const test = suite('every code of the catalogue is provoked by a test')
const root = path.join(import.meta.dirname, '../..')

/** Files that name codes without provoking them. */
const onlyNamed = /^test\/(?:docs|lib\/errors|helpers)\//

/** The codes of the catalogue that these test files name as whole words. */
async function codesIn(pattern: string): Promise<Set<string>> {
  const found = new Set<string>()
  for await (const file of glob(pattern, { cwd: root })) {
    if (onlyNamed.test(file)) continue
    const text = await readFile(path.join(root, file), 'utf8')
    for (const [code] of text.matchAll(/\bDM_[A-Z_]+\b/g)) found.add(code)
  }
  return found
}

/** Provoked only inside of lib: what a user would have to do for it takes too long, or a machine of its own. */
const onlyInside = new Map([
  ['DM_CHANGE_STAGING_KEY', 'the manifest refuses such keys before'],
  ['DM_CONFIG_UNSETTLED', 'waits for its time'],
  ['DM_DELETION_MOVED', 'takes a base that moves while somebody types'],
  ['DM_GIT_BAD_COMMIT', 'guards against our own mistakes'],
  ['DM_GIT_BAD_NAME', 'the config refuses such names before'],
  ['DM_GIT_BAD_PATH', 'the config refuses such paths before'],
  ['DM_GIT_FAILED', 'what git says of a defect nobody knows yet'],
  ['DM_GIT_FILE_TOO_LARGE', 'takes a manifest of 64 MiB'],
  ['DM_GIT_NOT_FAST_FORWARD', 'guards against our own mistakes'],
  ['DM_GIT_PUSH_UNKNOWN', 'takes a connection that breaks at a moment'],
  ['DM_MANIFEST_ENTRY_EXISTS', 'guards against our own mistakes'],
  ['DM_MANIFEST_FIELD_RESERVED', 'the config refuses such fields before'],
  ['DM_DIFF_FAILED', 'what SQLite refuses for another reason than damage: none is known'],
  ['DM_DIFF_TOO_MANY', 'rows of 64 MiB: too slow'],
  ['DM_RETIRED_INVALID', 'told as DM_RETIRED_UNEXPLAINED, and what was there is written back'],
  ['DM_STORE_KEY', 'the manifest refuses such keys before'],
  ['DM_STORE_KIND', 'guards against our own mistakes'],
  ['DM_STORE_FULL', 'takes a file system that is full'],
  ['DM_STORE_NO_LINKS', 'takes a file system without hard links'],
  ['DM_STORE_PERMISSION', 'takes another user'],
])

test('as a user meets it, or the reason is given why not', async () => {
  const met = await codesIn('test/{cli,tasks,e2e}/**/*.ts')
  const inside = Object.keys(definitions).filter((code) => !met.has(code))
  assert.equal(inside.toSorted(), [...onlyInside.keys()].toSorted())
})

test('what no user meets is provoked inside of lib', async () => {
  const named = await codesIn('test/**/*.ts')
  const without = [...onlyInside].filter(([code]) => !named.has(code))
  assert.equal(
    without.filter(([, reason]) => !reason.startsWith('takes a file system')),
    [],
  )
})

test.run()
