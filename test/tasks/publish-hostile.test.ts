import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { onRepository, uncompressed } from './publish-scene.ts'

const test = suite('dm publish of what must not be published')

test(
  'bytes that are not the reviewed ones are not published, and the rest goes on',
  onRepository(async ({ work, manifest, propose, stored, staged: find }) => {
    await work.write(uncompressed)
    const bad = await propose('bad', 1)
    await propose('good', 2)
    const staged = await find(bad)
    const bytes = await readFile(staged)
    bytes[bytes.length - 1] = 0xff
    await chmod(staged, 0o644)
    await writeFile(staged, bytes)
    const { document } = await dmFailure(work.folder, ['publish'], {
      exit: 3,
      code: 'DM_PUBLISH_INCOMPLETE',
    })
    assert.is((document['published'] as unknown[]).length, 1)
    const [failed] = document['failed'] as { dataset: string; code: string }[]
    assert.is(failed?.dataset, 'bad.sqlite')
    assert.is(failed?.code, 'DM_BYTES_DIFFER')
    assert.equal(
      (await manifest()).map(({ history: [entry] }) => entry?.commit === 'pending-merge'),
      [true, false],
    )
    assert.equal(await readdir(stored('production')), ['.dm', 'bad', 'good'])
    assert.equal(await readdir(stored('production/bad')), [])
  }),
)

test(
  'what a hostile merge names is refused: a foreign key, a foreign staging key, edited history',
  onRepository(async ({ work, edit, manifest, propose, stored }) => {
    await work.write(uncompressed)
    const sha256 = await propose('a', 1)
    await dmJson(work.folder, ['publish'])
    const other = 'b'.repeat(64)
    const entry = {
      version: 'v2',
      timestamp: '2026-01-02T03:04:05.000Z',
      sha256: other,
      r2_object_key: `a/v2-${other}.sqlite`,
      commit: 'pending-merge',
      description: 'x',
      staging_key: `staging-uploads/${other}.sqlite`,
    }
    const cases = [
      [{ ...entry, r2_object_key: `../secret/v2-${other}.sqlite` }, 'DM_MANIFEST_INVALID'],
      [{ ...entry, staging_key: `elsewhere/${other}.sqlite` }, 'DM_MANIFEST_INVALID'],
      [{ ...entry, r2_object_key: `b/v2-${other}.sqlite` }, 'DM_CHANGE_KEY'],
      [{ ...entry, staging_key: `staging-uploads/${sha256}.sqlite` }, 'DM_MANIFEST_INVALID'],
      [{ ...entry, version: 'v7' }, 'DM_CHANGE_VERSION'],
    ] as const
    for (const [hostile, code] of cases) {
      await edit(([dataset]) => void dataset?.history.unshift(hostile))
      const run = await runHere(work.folder, ['publish', '--json'])
      assert.is(run.exit, 3, code)
      assert.match(run.stdout, code)
      assert.not.match(run.stdout, '"published":[{')
      await edit(([dataset]) => void dataset?.history.shift())
    }
    assert.is((await manifest())[0]?.history.length, 1)
    assert.equal(await readdir(stored('production/a')), [`v1-${sha256}.sqlite`])
  }),
)

test(
  'a version above one that is refused waits with it; other datasets go on',
  onRepository(async ({ work, edit, propose }) => {
    await propose('a', 1)
    await propose('b', 2)
    await edit(([dataset]) => {
      const [first] = dataset?.history ?? []
      if (first === undefined) throw new Error('no entry')
      const other = 'b'.repeat(64)
      // In a folder of somebody's choice, and another one above it in the same folder.
      first.r2_object_key = `chosen/v1-${first.sha256}.sqlite`
      dataset?.history.unshift({
        ...first,
        version: 'v2',
        sha256: other,
        r2_object_key: `chosen/v2-${other}.sqlite`,
        staging_key: `staging-uploads/${other}.sqlite`,
      })
    })
    const expected = { exit: 3, code: 'DM_PUBLISH_INCOMPLETE' }
    const { document } = await dmFailure(work.folder, ['publish'], expected)
    const failed = document['failed'] as { version: string; code: string }[]
    assert.equal(
      failed.map(({ version, code }) => `${version} ${code}`),
      ['v1 DM_CHANGE_KEY', 'v2 DM_CHANGE_PREDECESSOR'],
    )
    assert.is((document['published'] as { dataset: string }[])[0]?.dataset, 'b.sqlite')
  }),
)

test(
  'a version that was published and then reverted in git is published again',
  onRepository(async ({ work, edit, manifest, propose }) => {
    await propose('a', 1)
    let before = ''
    await edit((whole) => void (before = JSON.stringify(whole)))
    await dmJson(work.folder, ['publish'])
    const published = JSON.stringify(await manifest())
    await edit(() => JSON.parse(before))
    await dmJson(work.folder, ['publish'])
    assert.is(JSON.stringify(await manifest()), published)
  }),
)

test.run()
