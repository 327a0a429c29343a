import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LoggedVersion, VersionLog } from '../../lib/listing/version-log.ts'
import { logReport } from '../../tasks/reports/log.ts'
import { commitFiles } from '../helpers/commit-files.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { cloneRepository, createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { dataset, published } from '../lib/publication/scene.ts'

const test = suite('dm log')

const now = new Date('2026-03-04T12:00:00Z')

function version(more: Partial<LoggedVersion>): LoggedVersion {
  return {
    version: 'v2',
    timestamp: '2026-03-01T12:00:00.000Z',
    sha256: 'a'.repeat(64),
    bytes: 1_500_000,
    commit: '1a2b3c4',
    description: null,
    pending: false,
    branch: null,
    marked: false,
    rollbackOf: null,
    proposedBy: 'Ada Test',
    mergedBy: null,
    mergedAt: null,
    ...more,
  }
}

function text(versions: LoggedVersion[], width: number, more: Partial<VersionLog> = {}): string {
  const log: VersionLog = {
    dataset: 'x.sqlite',
    bucket: 'internal',
    marked: false,
    versions,
    ...more,
  }
  const view = { dryRun: false, outcome: 'succeeded' as const, now, width }
  return logReport.text({ ...log, asOf: '2026-03-04T09:00:00Z' }, view)
}

test('the table gives way to one with lines below its rows, then to blocks; no line is broken', () => {
  const description = 'The 26-zone, 20-week model of the power system with \u001b[31mserver demands'
  const rows = [
    version({ version: 'v12', pending: true, branch: 'data/x-v12', commit: 'pending-merge' }),
    version({ mergedBy: 'Eve', description, temoaRepoHash: 'f'.repeat(40), note: null }),
  ]
  const wide = text(rows, Infinity)
  assert.match(wide, "x.sqlite in 'internal': 1 published version\nVERSION  WHEN ")
  assert.match(
    wide,
    /COMMIT {3}PROPOSED BY {2}MERGED BY {2}STATE {19}temoaRepoHash .*DESCRIPTION\n/,
  )
  assert.match(
    wide,
    /^v12 {6}3 d ago \(2026-03-01T12:00:00\.000Z\) {2}1\.4 MiB .* proposed on data\/x-v12$/m,
  )
  assert.match(wide, '\\u001b[31mserver demands\nAs of the last fetch, 3 h ago: git fetch')
  assert.match(text(rows, 110), `\n  temoaRepoHash: ${'f'.repeat(40)}\n`)
  assert.match(text(rows, 110), /^v2 .* Eve\n {2}The 26-zone, /m)
  const blocks = text(rows, 60)
  assert.match(blocks, /^v12\n {2}when {11}3 d ago\n/m)
  assert.match(blocks, /^ {2}temoaRepoHash {2}f{40}\n {2}description {4}The 26-zone, 20-week/m)
  for (const width of [130, 110, 80, 60]) {
    for (const line of text(rows, width).split('\n')) assert.ok(line.length <= width, line)
  }
})

test('it says what is a rollback and what will be deleted', () => {
  const row = version({ rollbackOf: 'v1', marked: true, bytes: undefined as never })
  assert.match(text([row], 200), /STATE +DESCRIPTION\n.* to be deleted, rollback to v1\n/)
  assert.match(
    text([row], 200, { marked: true }),
    '1 published version, marked for deletion as a whole',
  )
})

test('it asks no remote, tells why it does not know, and suggests a name', () =>
  inFolder(async (folder) => {
    const home = path.join(folder, 'home.git')
    const { git } = await createRepository(home, { bare: true })
    const begin = { ref: 'refs/heads/main', from: null, files: { 'manifest.json': '[]' } }
    await commitFiles(home, [begin])
    const commit = await git('rev-parse', '--short=7', 'main')
    const versions = [published('x', 'v2'), published('x', 'v1', { commit })]
    const manifest = JSON.stringify([dataset('x', versions)])
    await commitFiles(home, [{ ref: 'refs/heads/main', files: { 'manifest.json': manifest } }])
    const clone = path.join(folder, 'clone')
    const work = await cloneRepository(`file://${home}`, clone, ['--depth=1'])
    await work.git('remote', 'set-url', 'origin', path.join(folder, 'gone'))
    const { notices, ...result } = await dmJson(clone, ['log', 'x.sqlite'])
    const [row] = result['versions'] as LoggedVersion[]
    assert.equal([row?.version, row?.bytes, row?.proposedBy], ['v2', 4, null])
    assert.match((notices as { message: string }[])[0]?.message ?? '', 'git fetch --unshallow')
    assert.ok(Date.parse(String(result['asOf'])) > 0)
    await work.git('fetch', '--quiet', '--unshallow', home)
    const { stdout, stderr } = await runHere(clone, ['log', 'x.sqlite'])
    assert.match(stdout, /^v1 .* Ada Test {5}The v1$/m)
    assert.is(stderr, '')
    const { hint } = await dmFailure(clone, ['log', 'x'], { exit: 2, code: 'DM_UNKNOWN_DATASET' })
    assert.match(hint, "Did you mean 'x.sqlite'?")
  }))

test.run()
