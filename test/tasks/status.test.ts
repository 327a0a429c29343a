import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import { DmError, type Problem } from '../../lib/errors/dm-error.ts'
import { createLooker } from '../../lib/listing/looker.ts'
import type { StatusRow } from '../../lib/listing/read-status.ts'
import { statusReport } from '../../tasks/reports/status.ts'
import { ageObject } from '../helpers/age-object.ts'
import { openBucket } from '../helpers/buckets.ts'
import { commitFiles, type FilesCommit } from '../helpers/commit-files.ts'
import type { TestDataset, TestEntry } from '../helpers/data-repository.ts'
import { dmJson, runHere } from '../helpers/dm-here.ts'
import { startFaultProxy } from '../helpers/fault-proxy.ts'
import { cloneRepository, createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { startS3Server } from '../helpers/s3-server.ts'
import { dataset, day, owner, published, sha, upload } from '../lib/publication/scene.ts'

const test = suite('dm status')

const main = 'refs/heads/main'
const marked = { status: 'pending-deletion' }

function manifest(...datasets: readonly TestDataset[]): FilesCommit['files'] {
  return { 'manifest.json': `${JSON.stringify(datasets, null, 2)}\n` }
}

/** A bare remote whose first commit has a config for a folder store, and that store. */
async function createHome(
  folder: string,
  config = JSON.stringify({
    storage: { type: 'folder', path: `${folder}/store` },
    repository: owner,
  }),
): Promise<{
  home: string
  commit: (...commits: readonly FilesCommit[]) => Promise<void>
  stage: (stem: string, version: string, ageMs?: number) => Promise<void>
}> {
  const home = path.join(folder, 'home.git')
  await createRepository(home, { bare: true })
  const begin = {
    ref: main,
    from: null,
    files: { ...manifest(), 'datamanager.config.json': config },
  }
  await commitFiles(home, [begin])
  const staging = createFolderStore({
    bucket: 'staging',
    root: `${folder}/store`,
    repository: owner,
  })
  return {
    home,
    commit: (...commits) => commitFiles(home, commits),
    stage: async (stem, version, ageMs = 0) => {
      const file = path.join(folder, 'bytes')
      await writeFile(file, `${stem} ${version}`)
      const { sha256, staging_key: key = '' } = upload(stem, version)
      await staging.put(key, file, { stamp: { sha256, bucket: 'production' } })
      await ageObject(path.join(folder, 'store', 'staging'), key, ageMs)
    },
  }
}

const by = (name: string): string => `${name} <${name}@example.org>`

const told = (rows: unknown): unknown[] =>
  (rows as StatusRow[]).map((row) =>
    [
      row.kind,
      row.dataset.replace('.sqlite', ''),
      row.version ?? 'all',
      row.branch ?? (row.pullRequest === null ? 'main' : '-'),
      ...(row.pullRequest === null ? [] : [`#${row.pullRequest}`]),
      row.author ?? 'nobody knows',
      ...(row.staged === null ? [] : [row.staged ? 'staged' : 'missing']),
    ].join(' '),
  )

test('everything that waits is told, wherever it waits, and what publish says is said before', () =>
  inFolder(async (folder) => {
    const { home, commit, stage } = await createHome(folder)
    const x = (...entries: TestEntry[]): TestDataset => dataset('x', entries)
    const [v2, v1] = [published('x', 'v2'), published('x', 'v1')]
    const y1 = published('y', 'v1')
    const y2 = { ...y1, version: 'v2', commit: 'pending-merge' }
    const [y, w] = [dataset('y', [y1]), dataset('w', [published('w', 'v1')])]
    const [yBack, gone] = [dataset('y', [y2, y1]), { ...w, ...marked }]
    const v3 = upload('x', 'v3')
    for (const [stem, version] of [
      ['x', 'v3'],
      ['q', 'v5'],
      ['new', 'v1'],
    ] as const) {
      await stage(stem, version)
    }
    await stage('o', 'v1', 20 * day)
    const xMarked = x(v3, v2, { ...v1, ...marked })
    const q = dataset('q', [upload('q', 'v5')])
    const rest = [yBack, gone, q]
    const adds = (stem: string): FilesCommit['files'] =>
      manifest(xMarked, ...rest, dataset(stem, [upload(stem, 'v1')]))
    const branch = (name: string, author: string, files: FilesCommit['files']): FilesCommit => {
      return { ref: `refs/${name}`, from: main, author: by(author), files }
    }
    // It names what others have staged.
    const theft = upload('t', 'v1', { staging_key: v3.staging_key ?? '' })
    const bob = manifest(x(v3, v2, v1), y, w)
    await commit(
      { ref: main, files: manifest(x(v2, v1), y, w) },
      branch('heads/data/x-v3', 'Bob', bob),
      { ref: main, merge: 'refs/heads/data/x-v3', author: by('Eve'), files: bob },
      { ref: main, author: by('Cy'), files: manifest(x(v3, v2, v1), yBack, w) },
      { ref: main, author: by('Dan'), files: manifest(x(v3, v2, v1), yBack, gone) },
      { ref: main, author: by('Fay'), files: manifest(xMarked, ...rest) },
      branch('pull/5/head', 'Gus', adds('new')),
      { ...branch('heads/data/new-v1', 'Gus', adds('new')), message: 'Again' },
      { ...branch('heads/data/new-v1', 'Eve', adds('new')), merge: main, from: undefined },
      branch('pull/4/head', 'Mal\u001b[31m', adds('o')),
      branch('heads/data/x-withdraw', 'Hal', manifest(x(v2, v1), ...rest)),
      branch('heads/evil\u202e-y', 'Ada', manifest(xMarked, { ...yBack, ...marked }, gone, q)),
      branch('heads/late', 'Ada', adds('l')),
      branch('heads/theft', 'Ada', manifest(xMarked, ...rest, dataset('t', [theft]))),
    )
    await commitFiles(home, [
      { ref: 'refs/pull/3/head', from: 'refs/heads/data/x-withdraw^0', files: {} },
    ])
    const { folder: work, git } = await cloneRepository(home, path.join(folder, 'work'))
    const before = await git('for-each-ref')
    const { pending, refused, notices, ...result } = await dmJson(work, ['status'])
    assert.equal(told(pending), [
      'upload x v3 main Bob staged',
      'rollback y v2 main Cy',
      'upload q v5 main Fay staged',
      'deletion x v1 main Fay',
      'deletion w all main Dan',
      'upload new v1 data/new-v1 #5 Gus staged',
      'withdrawal x v1 data/x-withdraw #3 Hal',
      'withdrawal x v3 data/x-withdraw #3 Hal',
      'deletion y all evil\u202e-y Ada',
      'upload l v1 late Ada missing',
      'upload t v1 theft Ada',
      'upload o v1 - #4 Mal\u001b[31m staged',
    ])
    assert.equal([result['behind'], result['ahead'], result['base']], [0, 0, 'main'])
    const rows = pending as StatusRow[]
    const kept = (index: number): unknown => [rows[index]?.keptBy, rows[index]?.keptUntil]
    assert.equal(kept(0), ['the base', null])
    assert.equal(kept(5), ["the branch 'data/new-v1'", null])
    const [{ due, keptUntil } = {}] = rows.slice(11)
    assert.is(Math.round((Date.parse(String(due)) - Date.now()) / day), -13)
    assert.is(Math.round((Date.parse(String(keptUntil)) - Date.now()) / day), 70)
    assert.is(rows[11]?.keptBy, 'pull request 4')
    assert.is(notices, undefined)
    // As publish has it; that the marked w is not there is none of status's business.
    const { json } = await runHere(work, ['publish', '--dry-run', '--json'])
    const codes = (problems: unknown): unknown =>
      (problems as Problem[]).map(({ code, dataset: name }) => `${code} ${name}`).toSorted()
    assert.equal(codes(refused), ['DM_CHANGE_VERSION q.sqlite', 'DM_ROLLBACK_MISSING y.sqlite'])
    const others = (json()['failed'] as Problem[]).filter(
      ({ code }) => code !== 'DM_CHANGE_BLOCKED',
    )
    assert.equal(codes(others), ['DM_CHANGE_VERSION q.sqlite'])
    assert.is(await git('for-each-ref'), before)

    // In a clone that has one commit, and is behind; where two branches may mean anything.
    const shallow = await cloneRepository(`file://${home}`, path.join(folder, 'shallow'), [
      '--depth=1',
    ])
    await commit(
      { ref: main, files: { note: 'on' } },
      { ref: main, files: { note: 'and on' } },
      branch('heads/broken', 'Ada', { 'manifest.json': '{' }),
      branch('heads/huge', 'Ada', { 'manifest.json': `[${' '.repeat(1_200_000)}]` }),
    )
    const again = await dmJson(shallow.folder, ['status'])
    assert.equal(told(again['pending']).slice(0, 4), told(pending).slice(0, 4))
    assert.is(again['behind'], 2)
    const last = (again['pending'] as StatusRow[]).at(-1)
    assert.equal([last?.keptBy?.slice(0, 12), last?.keptUntil], ["the branch '", null])
    const unread = (again['notices'] as { message: string }[]).map(
      ({ message }) => /'(broken|huge)'/.exec(message)?.[1] ?? message,
    )
    assert.equal(
      unread.toSorted((one, other) => one.localeCompare(other)),
      ['broken', 'huge'],
    )
    const { stdout } = await runHere(shallow.folder, ['status'])
    assert.match(stdout, /Your main is 2 commits behind origin\/main: git pull/)
    for (const control of ['\u001b', '\u202e']) assert.not.match(stdout, control)
  }))

test('a look costs one request, and a store that refuses leaves open what it alone knows', () =>
  inFolder(async (folder) => {
    const { stop, ...access } = await startS3Server(['staging', 'production', 'internal'])
    let isDenied = false
    const proxy = await startFaultProxy(access.endpoint, () =>
      isDenied ? { kind: 'answer', status: 403, code: 'AccessDenied' } : null,
    )
    try {
      const { home, commit } = await createHome(folder, s3Config(proxy.endpoint, access.region))
      const file = path.join(folder, 'bytes')
      const put = async (bucket: string, key: string, text: string): Promise<void> => {
        await writeFile(file, text)
        const stamp = { sha256: sha(text), bucket: 'production' }
        await openBucket(access, bucket).put(key, file, { stamp })
      }
      const a = upload('a', 'v1')
      await put('staging', a.staging_key ?? '', 'a v1')
      const b = upload('b', 'v1')
      await put('staging', b.staging_key ?? '', 'b v1')
      const datasets = [dataset('a', [a])]
      await commit(
        { ref: main, files: manifest(...datasets) },
        {
          ref: 'refs/heads/data/b-v1',
          from: main,
          files: manifest(...datasets, dataset('b', [b])),
        },
      )
      const { folder: work } = await cloneRepository(home, path.join(folder, 'work'))
      const env = s3Environment(access.credentials)
      proxy.operations.length = 0
      const { pending, refused } = await dmJson(work, ['status'], { env })
      assert.equal(told(pending), [
        'upload a v1 main Ada Test staged',
        'upload b v1 data/b-v1 Ada Test staged',
      ])
      assert.equal([proxy.operations, refused], [['HeadObject', 'HeadObject'], []])

      // Reverted in git: its bytes are in their bucket, and nothing is staged.
      await openBucket(access, 'staging').remove(a.staging_key ?? '')
      await put('production', a.r2_object_key, 'a v1')
      const reverted = await dmJson(work, ['status'], { env })
      assert.equal(
        [told(reverted['pending'])[0], reverted['refused']],
        ['upload a v1 main Ada Test missing', []],
      )

      const notKnown = ['upload a v1 main Ada Test', 'upload b v1 data/b-v1 Ada Test']
      const open = await dmJson(work, ['status'])
      assert.equal([told(open['pending']), open['refused']], [notKnown, []])
      const [notice] = open['notices'] as { code: string; message: string }[]
      assert.is(notice?.code, 'DM_STORE_NO_CREDENTIALS')
      assert.match(notice?.message ?? '', 'R2_ACCESS_KEY_ID')
      isDenied = true
      const denied = await runHere(work, ['status'], env)
      assert.is(denied.exit, 0)
      assert.match(denied.stdout, 'not known')
      assert.match(denied.stderr, /^Note: The key in use may not .* So it is not known whether/m)
    } finally {
      await proxy.stop()
      await stop()
    }
  }))

test('a bucket that has failed is not asked for each of many', async () => {
  let asked = 0
  const looker = createLooker((bucket) => {
    asked++
    throw new DmError('DM_STORE_NO_CREDENTIALS', { bucket, variables: [] })
  }, new AbortController().signal)
  const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`)
  const found = await Promise.all(keys.map((key) => looker.look({ bucket: 'staging', key })))
  assert.ok(found.every((one) => one === undefined))
  assert.ok(asked <= 8, String(asked))
})

test('before the first commit, and on a terminal of any width', () =>
  inFolder(async (folder) => {
    const alone = await createRepository(path.join(folder, 'alone'))
    const { stdout } = await runHere(alone.folder, ['status'])
    assert.is(stdout, 'Nothing is pending.\n')
    const files = manifest(dataset('x', [upload('x', 'v1')]))
    await commitFiles(alone.folder, [{ ref: 'refs/heads/data/x-v1', from: null, files }])
    const { pending, behind } = await dmJson(alone.folder, ['status'])
    assert.equal([told(pending), behind], [['upload x v1 data/x-v1 nobody knows missing'], null])
    const [row] = pending as [StatusRow]
    const rows = [{ ...row, dataset: 'us_national_48_with_a_name.sqlite', author: 'Ada Test' }]
    const problem = {
      code: 'DM_STAGED_MISSING' as const,
      dataset: 'x',
      version: 'v1',
      message: 'So it is.',
    }
    for (const width of [Infinity, 80, 60]) {
      const view = { dryRun: false, outcome: 'succeeded' as const, now: new Date(), width }
      const shown = { base: 'main', remote: 'origin', pending: rows, refused: [problem] }
      const text = statusReport.text({ ...shown, behind: 1, ahead: 3 }, view)
      for (const line of text.split('\n')) assert.ok(line.length <= width, line)
      assert.match(
        text,
        width > 100 ? /^us_.* v1 {2}upload {2}data\/x-v1/m : /^ {2}where {4}data\/x-v1$/m,
      )
      assert.match(text.replaceAll('\n', ' '), 'publish would refuse x v1: So it is.')
      assert.match(text.replaceAll('\n', ' '), 'Your main is 1 commit behind origin/main')
      assert.match(text, 'Your main has 3 commits that origin/main has not.')
    }
    const next = (branch: string | null, refused: object[]): string => {
      const view = { dryRun: false, outcome: 'succeeded' as const, now: new Date(), width: 80 }
      const about = { base: 'main', remote: null, behind: null, ahead: null }
      return statusReport.text({ ...about, pending: [{ ...row, branch }], refused }, view)
    }
    assert.match(next('data/x-v1', []), 'Next: have it reviewed and merged to main')
    assert.match(next(null, []), 'Next: dm publish publishes what is on main.')
    // What is refused says itself what is to be done.
    assert.not.match(next(null, [{ ...problem, dataset: row?.dataset }]), 'Next:')
  }))

test.run()
