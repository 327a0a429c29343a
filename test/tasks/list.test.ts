import { utimes } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DatasetRow } from '../../lib/listing/dataset-rows.ts'
import { commitFiles } from '../helpers/commit-files.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmJson, runHere } from '../helpers/dm-here.ts'
import { cloneRepository, createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { dataset, upload } from '../lib/publication/scene.ts'
import { listReport } from '../../tasks/reports/list.ts'

const test = suite('dm list')

const now = new Date('2026-03-04T12:00:00Z')

function row(name: string, more: Partial<DatasetRow> = {}): DatasetRow {
  const latest = { version: 'v3', timestamp: '2026-03-01T12:00:00.000Z', sha256: 'a'.repeat(64) }
  return { name, bucket: 'production', latest, versions: 3, pending: [], marked: false, ...more }
}

function text(datasets: readonly DatasetRow[], width: number, asOf: string | null = null): string {
  return listReport.text({ datasets, asOf }, { dryRun: false, outcome: 'succeeded', now, width })
}

test('a terminal that is too narrow gets less, then blocks, and no line that is broken', () => {
  const datasets = [row('us_national_48.sqlite'), row('x.sqlite', { latest: null })]
  assert.match(text(datasets, Infinity), '3 d ago (2026-03-01T12:00:00.000Z)  aaaaaaaaaaaa')
  const at80 = text(datasets, 80)
  assert.match(at80, /^us_national_48\.sqlite {2}production {2}v3 {6}3 d ago {2}aaaaaaaaaaaa$/m)
  const wide = { ...row('').latest, temoaRepoHash: '1a2b3c4d5e6f' } as DatasetRow['latest']
  for (const width of [80, 40]) {
    const shown = text([row('us_national_48_with_a_long_name.sqlite', { latest: wide })], width)
    for (const line of shown.split('\n')) assert.ok(line.length <= Math.max(width, 38), line)
    assert.match(shown, /^ {2}sha-256 +aaaaaaaaaaaa$/m)
  }
})

test('it says what waits and where, and of when it is', () => {
  const { latest } = row('')
  assert.ok(latest)
  const pending = [
    { ...latest, version: 'v4', branch: null },
    { ...latest, version: 'v5', branch: 'data/x-v5' },
  ]
  const shown = text([row('x.sqlite', { pending, marked: true })], Infinity, '2026-03-04T09:00:00Z')
  assert.match(shown, /deletion, v4, v5 on data\/x-v5\nAs of the last fetch, 3 h ago: git fetch/)
  assert.match(text([], 80, '2026-03-04T09:00:00Z'), 'no datasets yet')
})

test('what branches propose is pending, also of a new dataset, until it is on the base', () =>
  inFolder(async (folder) => {
    const { work, merge } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const pending = async (): Promise<unknown> =>
      ((await dmJson(work.folder, ['list']))['datasets'] as DatasetRow[]).map((one) => [
        one.name,
        one.latest?.version ?? null,
        one.pending.map(({ version, branch }) => [version, branch]),
      ])
    await dmJson(work.folder, ['prepare', 'a.sqlite', file])
    await dmJson(work.folder, ['prepare', 'b.sqlite', file, '--no-push'])
    assert.equal(await pending(), [
      ['a.sqlite', null, [['v1', 'data/a-v1']]],
      ['b.sqlite', null, [['v1', 'data/b-v1']]],
    ])
    await work.git('update-ref', '-d', 'refs/heads/data/b-v1')
    await merge('data/a-v1')
    await work.git('fetch', '--quiet')
    assert.equal(await pending(), [['a.sqlite', null, [['v1', null]]]])
    await dmJson(work.folder, ['publish'])
    const other = await createTemoaDatabase(folder, 'other.sqlite', 20)
    await dmJson(work.folder, ['prepare', 'a.sqlite', other])
    assert.equal(await pending(), [['a.sqlite', 'v1', [['v2', 'data/a-v2']]]])
  }))

test('what was merged and taken back is no longer proposed by the branch that stays', () =>
  inFolder(async (folder) => {
    const { work, merge, edit } = await createDataRepository(folder)
    await dmJson(work.folder, ['prepare', 'a.sqlite', await createTemoaDatabase(folder)])
    await merge('data/a-v1')
    await edit(() => [])
    await work.git('fetch', '--quiet')
    await work.git('rev-parse', 'refs/remotes/origin/data/a-v1')
    assert.equal((await dmJson(work.folder, ['list']))['datasets'], [])
  }))

test('a manifest that cannot be read hides no other branch, and is told', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    const manifest = (stem: string): string => JSON.stringify([dataset(stem, [upload(stem, 'v1')])])
    const most = 16 * 1024 * 1024
    const proposals = {
      a: '[]'.padEnd(most + 1),
      b: '{',
      c: null,
      d: manifest('d'),
      // Not too large alone.
      e: '[]'.padEnd(most),
      f: manifest('f'),
    }
    const commits = Object.entries(proposals).map(([name, content]) => {
      const ref = `refs/remotes/origin/data/${name}`
      return { ref, from: 'refs/heads/main^0', files: { 'manifest.json': content } }
    })
    await commitFiles(work.folder, commits)
    const { datasets, notices } = await dmJson(work.folder, ['list'])
    const names = (datasets as DatasetRow[]).map(({ name }) => name)
    assert.equal(names, ['d.sqlite', 'f.sqlite'])
    const [notice, ...more] = notices as { code: string; message: string }[]
    assert.equal([notice?.code, more], ['DM_PROPOSAL_UNREAD', []])
    const { message = '' } = notice ?? {}
    assert.match(message, "no manifest: 'origin/data/a', 'origin/data/b', 'origin/data/e'. See")
    const [, advised = ''] = /: git (.*)$/.exec(message) ?? []
    assert.match(await work.git(...advised.split(' ')), 'manifest.json')
  }))

test('the time of the last fetch is that of the base, after a clone, a fetch and no failure', () =>
  inFolder(async (folder) => {
    const { remote } = await createDataRepository(folder)
    const work = await cloneRepository(remote.folder, path.join(folder, 'clone'))
    const asOf = async (): Promise<number> =>
      Date.parse(String((await dmJson(work.folder, ['list']))['asOf']))
    const traces = ['FETCH_HEAD', 'refs/remotes/origin/main', 'logs/refs/remotes/origin/HEAD']
    const age = async (name: string, day: number): Promise<void> => {
      await utimes(
        path.join(work.folder, '.git', name),
        new Date(),
        new Date(Date.UTC(2026, 0, day)),
      )
    }
    assert.ok(Date.now() - (await asOf()) < 60_000)
    await work.git('fetch', '--quiet')
    for (const [index, name] of traces.entries()) await age(name, 9 - index).catch(() => undefined)
    await age('logs/refs/remotes/origin/main', 1).catch(() => undefined)
    assert.is(await asOf(), Date.UTC(2026, 0, 9))
    await work.git('remote', 'set-url', 'origin', path.join(folder, 'gone.git'))
    await work.git('fetch', '--quiet').catch(() => undefined)
    assert.ok((await asOf()) < Date.UTC(2026, 0, 9))
    const alone = await createRepository(path.join(folder, 'alone'))
    await alone.commit('Begin', { 'manifest.json': '[]\n' })
    const run = await runHere(alone.folder, ['list', '--json'])
    assert.is(run.json()['asOf'], null)
    assert.not.match((await runHere(alone.folder, ['list'])).stdout, 'last fetch')
  }))

test.run()
