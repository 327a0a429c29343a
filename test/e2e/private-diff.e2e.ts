import { createHash } from 'node:crypto'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { companionKey, stagedDiffKey } from '../../lib/manifest/keys.ts'
import { putAnew } from '../../lib/store/put-anew.ts'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import { createDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { onRepository } from '../tasks/publish-scene.ts'

const test = suite('the diff of a dataset in a private bucket')

const rows = (values: string): string =>
  `CREATE TABLE t(id INTEGER PRIMARY KEY, n REAL); INSERT INTO t VALUES ${values};`

test(
  'is kept beside the bytes and held against them, and CI is told nothing but whether it is true',
  onRepository(async ({ work, folder, stored, merge, edit, manifest }) => {
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') }
    const inCi = { ...env, CI: 'true' }
    const files = await Promise.all(
      ['(1, 2), (2, 3)', '(1, 4321), (2, 3)'].map((values, index) =>
        createDatabase(folder, `${index}.sqlite`, rows(values)),
      ),
    )
    const [one = '', two = ''] = files
    const prepare = (file: string, ...args: string[]): Promise<Record<string, unknown>> =>
      dmJson(work.folder, ['prepare', 'm.sqlite', file, ...args], { env })
    await merge(String((await prepare(one, '--bucket', 'internal'))['branch']))
    await dmJson(work.folder, ['publish'], { env })

    const { branch, sha256, staged, diff } = await prepare(two)
    const { key } = staged as { key: string }
    const diffKey = stagedDiffKey(key) ?? ''
    assert.equal(diff, {
      path: null,
      stagedKey: diffKey,
      schema: [],
      tables: [{ name: 't', inserted: 0, updated: 1, deleted: 0 }],
    })
    const waiting = stored(path.join('staging', diffKey))
    const text = await readFile(waiting, 'utf8')
    assert.match(text, /^-- m\.sqlite v1 → v2\n[^]*4321/)

    const args = ['check', '--base', 'main', '--head', `origin/${String(branch)}`]
    await work.git('fetch', '--quiet')
    const passed = await runHere(work.folder, ['--json', ...args], inCi)
    const seen = JSON.parse(passed.stdout)
    assert.equal([seen.problems, seen.unverified, seen.notices ?? []], [[], [], []])
    const root = stored('')
    const store = createFolderStore({ bucket: 'staging', root, repository: 'remote' })
    const repository = (await store.head(diffKey))?.repository ?? ''
    const own = createFolderStore({ bucket: 'staging', root, repository })
    const forged = Buffer.from(text.replaceAll('4321', '1234'))
    const hash = createHash('sha256').update(forged).digest('hex')
    const stamp = { sha256: hash, bucket: 'internal', content: String(sha256) }
    await putAnew(own, diffKey, forged, { stamp })
    const failure = { exit: 3, code: 'DM_CHECK_PROBLEMS' }
    const { document } = await dmFailure(work.folder, args, failure, { env: inCi })
    const told = (document['problems'] as Record<string, unknown>[]).map(
      ({ code, dataset, version, file }) => [code, dataset, version, file],
    )
    assert.equal(told, [['DM_CHECK_DIFF_STAGED', 'm.sqlite', 'v2', 'manifest.json']])
    const shown = await runHere(work.folder, args, { ...inCi, GITHUB_ACTIONS: 'true' })
    for (const output of [passed.stdout, passed.stderr, JSON.stringify(document)].concat(
      shown.stdout,
      shown.stderr,
    )) {
      assert.not.match(output, /4321|1234|updated/)
    }
    // Nor why it could not be compared.
    const small = path.join(folder, 'small.json')
    await writeFile(small, JSON.stringify({ diff: { maxDownload: '10B' } }))
    for (const [name, code] of [
      ['true', 'DM_CHECK_UNCOMPARED'],
      ['', 'DM_DIFF_TOO_LARGE'],
    ]) {
      const empty = { XDG_CACHE_HOME: path.join(folder, 'empty'), CI: name ?? '' }
      const unseen = await dmJson(work.folder, [...args, '--config', small], { env: empty })
      assert.equal(unseen['unverified'], [{ dataset: 'm.sqlite', version: 'v2' }])
      const codes = (unseen['notices'] as { code: string }[]).map((note) => note.code)
      assert.equal(codes, [code])
    }
    // Its author puts it right by preparing it again.
    assert.is((await prepare(two))['alreadyPrepared'], true)
    assert.is(await readFile(waiting, 'utf8'), text)

    await merge(String(branch))
    const pending = await manifest()
    const object = pending[0]?.history[0]?.r2_object_key ?? ''
    const beside = stored(path.join('internal', companionKey(object, { kind: 'diff' })))
    // Nobody waits for a version because its diff finds no place.
    await mkdir(beside, { recursive: true })
    const { notices, published } = await dmJson(work.folder, ['publish'], { env: inCi })
    assert.match(JSON.stringify(notices), 'DM_DIFF_UNPROMOTED')
    assert.is((published as unknown[]).length, 1)
    await rmdir(beside)
    await edit(() => pending)
    await dmJson(work.folder, ['publish'], { env: inCi })
    assert.is(await readFile(beside, 'utf8'), text)
    assert.equal((await manifest())[0]?.history[0]?.['diffFromPrevious'], null)
  }),
)

test.run()
