import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { storedText } from '../../lib/diff/version-diff.ts'
import { compareFiles } from '../../lib/diff/compare-files.ts'
import type { DatabaseDiff } from '../../lib/diff/types.ts'
import { openRepository } from '../../lib/git/repository.ts'
import { checkDiff } from '../../lib/review/check-diff.ts'
import { commitFiles } from '../helpers/commit-files.ts'
import type { TestDataset } from '../helpers/data-repository.ts'
import { createDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { gitTestEnvironment } from '../helpers/git-test-environment.ts'
import { onRepository, type Scene } from './publish-scene.ts'

const test = suite('what dm check says of a stored diff')

const rows = (values: string): string =>
  `CREATE TABLE t(id INTEGER PRIMARY KEY, n REAL); INSERT INTO t VALUES ${values};`
const stored = 'diffs/m/diff-v1-to-v2.sql'

interface Prepared extends Scene {
  /** The true diff, of v1 and v2. */
  readonly text: string
  /** The one of what v2 was before. */
  readonly former: string
  /** Of the proposal: before and after the correction. */
  readonly commits: readonly [former: string, now: string]
  /** The hash of v2. */
  readonly sha256: string
  readonly env: { readonly XDG_CACHE_HOME: string }
  /** The arguments that check the proposal with other text in place of its diff. */
  readonly forge: (text: string | Buffer) => Promise<string[]>
}

/** v1 of m.sqlite is published, v2 proposed and then corrected. */
const onProposal = (body: (scene: Prepared) => Promise<void>): (() => Promise<void>) =>
  onRepository(async (scene) => {
    const { work, folder, merge } = scene
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') }
    const prepare = async (name: string, values: string): Promise<Record<string, unknown>> => {
      const file = await createDatabase(folder, `${name}.sqlite`, rows(values))
      return dmJson(work.folder, ['prepare', 'm.sqlite', file], { env })
    }
    await merge(String((await prepare('one', '(1, 2), (2, 3)'))['branch']))
    await dmJson(work.folder, ['publish'], { env })
    const before = await prepare('two', '(1, 4), (3, 3)')
    const { commit, sha256 } = await prepare('three', '(1, 5), (2, 3), (4, 0.1)')
    const textOf = (at: unknown): Promise<string> => work.git('show', `${String(at)}:${stored}`)
    const forge: Prepared['forge'] = async (text) => {
      const ref = 'refs/heads/forged'
      await commitFiles(work.folder, [{ ref, from: String(commit), files: { [stored]: text } }])
      return ['check', '--base', 'main', '--head', ref]
    }
    const [text, former] = [`${await textOf(commit)}\n`, `${await textOf(before['commit'])}\n`]
    const commits = [String(before['commit']), String(commit)] as const
    await body({ ...scene, env, text, former, commits, sha256: String(sha256), forge })
  })

test(
  'only the one that the bytes say passes; its author takes back another; without bytes it is unverified',
  onProposal(async (scene) => {
    const { work, folder, env, text, forge } = scene
    const checked = await dmJson(work.folder, await forge(text), { env })
    assert.equal([checked['problems'], checked['unverified']], [[], []])
    const lineOf = await findForgeries(scene)
    const args = await forge(text.replace(/^-- Rows changed.*$/m, '-- No data changed.'))
    const failure = { exit: 3, code: 'DM_CHECK_PROBLEMS' }
    const { document } = await dmFailure(work.folder, args, failure, { env })
    const told = (document['problems'] as Record<string, unknown>[]).map(
      ({ code, dataset, version, file, line }) => [code, dataset, version, file, line],
    )
    const line = lineOf(/^-- Rows changed/)
    assert.equal(told, [['DM_CHECK_DIFF_FALSE', 'm.sqlite', 'v2', stored, line]])
    await findUnverified(scene, args)
    await findBetweenProposed(scene)
    await work.git('push', '--quiet', '--force', 'origin', `${args[4]}:refs/heads/data/m-v2`)
    await dmJson(work.folder, ['withdraw', 'm.sqlite@v2'], { env })
    const file = path.join(folder, 'three.sqlite')
    const { commit } = await dmJson(work.folder, ['prepare', 'm.sqlite', file], { env })
    assert.is(`${await work.git('show', `${String(commit)}:${stored}`)}\n`, text)
  }),
)

/** That whatever is changed in the text is found, with its line. */
async function findForgeries(scene: Prepared): Promise<(what: RegExp) => number> {
  const { work, folder, text, former, forge } = scene
  const lines = text.split('\n')
  const lineOf = (what: RegExp): number => lines.findIndex((line) => what.test(line)) + 1
  const edit = (line: number, count: number, ...by: string[]): string =>
    lines.toSpliced(line - 1, count, ...by).join('\n')
  const [rowsLine, begin, insert] = [/^-- Rows changed/, /^BEGIN/, /^INSERT/].map(lineOf)
  assert.ok(rowsLine && begin && insert)
  const forgeries: [name: string, text: string | Buffer, line: number | null][] = [
    ['the true one', text, null],
    ['a forged line of the header', edit(rowsLine, 1, '-- No data changed.'), rowsLine],
    ['a line of the header less', edit(rowsLine, 1), rowsLine],
    ['a dropped statement', edit(insert, 1), insert],
    ['an added statement', edit(begin + 1, 0, 'DELETE FROM main.t;'), begin + 1],
    ['a command of the shell', edit(1, 0, '.shell touch /tmp/dm-was-here'), 1],
    ['one at the end', `${text}DELETE FROM main.t;\n`, lines.length],
    ['without its last end of a line', text.slice(0, -1), lines.length - 1],
    ['bytes that are no text', Buffer.concat([Buffer.from([0xff]), Buffer.from(text)]), 1],
    ['the diff of another version', former, rowsLine],
    ['nothing', '', 1],
  ]
  const [before, after] = ['one', 'three'].map((label) => ({
    path: path.join(folder, `${label}.sqlite`),
    label,
  }))
  assert.ok(before && after)
  const repository = await openRepository({
    cwd: work.folder,
    env: gitTestEnvironment,
    base: 'main',
    remote: 'origin',
  })
  const cleanUps: (() => Promise<void>)[] = []
  const wishes = { env: process.env, sql: true }
  const { diff } = await compareFiles(before, after, wishes, (one) => void cleanUps.push(one))
  const hold = async (sql: DatabaseDiff['sql'], most = 500): Promise<string | number | null> => {
    const claim = { dataset: 'm.sqlite', from: 'v1', version: 'v2', path: stored } as const
    const head = await work.git('rev-parse', 'forged')
    const { signal } = new AbortController()
    const placed = (): never => {
      throw new Error('only what is staged has no place of its own')
    }
    const where = { repository, head, lines: most, placed, signal }
    const found = await checkDiff(claim, { ...diff, sql }, where)
    return found === 'unproved' ? found : (found?.line ?? null)
  }
  for (const [name, forged, line] of forgeries) {
    await forge(forged)
    assert.is(await hold(diff.sql), line, name)
  }
  // Its author may have had another limit.
  const { sql: written } = diff
  assert.ok(written && 'lines' in written)
  for (const [most, kept] of [
    [3, text],
    [500, await storedText(diff, { title: 'm.sqlite v1 → v2', lines: 3 })],
  ] as const) {
    await forge(kept)
    assert.is(await hold(written, most), null)
    await forge(kept.replace(/^-- Rows changed.*$/m, '-- No data changed.'))
    assert.is(await hold(written, most), rowsLine)
  }
  // An sqlite3 that cannot apply it says nothing against who could.
  const unproved = { reason: 'unknown option: -safe', isUnproved: true } as const
  assert.is(await hold(unproved), 'unproved')
  assert.type(await hold({ reason: 'the encoding changed' }), 'number')
  for (const cleanUp of cleanUps) await cleanUp()
  return lineOf
}

/** That nobody vouches for what could not be compared. */
async function findUnverified(
  { work, folder, sha256, ...scene }: Prepared,
  args: string[],
): Promise<void> {
  const unverified = [{ dataset: 'm.sqlite', version: 'v2' }]
  const small = path.join(folder, 'small.json')
  await writeFile(small, JSON.stringify({ diff: { maxDownload: '10B' } }))
  const empty = { XDG_CACHE_HOME: path.join(folder, 'empty') }
  const seen = await dmJson(work.folder, [...args, '--config', small], { env: empty })
  assert.equal([seen['problems'], seen['unverified'], seen['staged']], [[], unverified, true])
  const place = await scene.staged(sha256)
  await rename(place, `${place}.away`)
  const unseen = await dmJson(work.folder, args, { env: scene.env })
  assert.equal(
    [unseen['problems'], unseen['unverified'], unseen['staged']],
    [[], unverified, false],
  )
  const summary = path.join(folder, 'summary.md')
  const actions = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary }
  const { stdout } = await runHere(work.folder, args, { ...scene.env, ...actions })
  assert.match(stdout, 'Unverified: the diff of m.sqlite v2 is what its author says.')
  assert.match(await readFile(summary, 'utf8'), '**Unverified**: the diff of m')
  await rename(`${place}.away`, place)
}

/** That a version which only the proposal has vouches for nothing: its bytes, too, are looked at. */
async function findBetweenProposed({ work, env, commits, former }: Prepared): Promise<void> {
  const [two, three] = await Promise.all(
    commits.map(async (at) => JSON.parse(await work.git('show', `${at}:manifest.json`))),
  )
  const [dataset] = two as TestDataset[]
  const [entry] = (three as TestDataset[])[0]?.history ?? []
  assert.ok(dataset && entry)
  const key = entry.r2_object_key.replace('/v2-', '/v3-')
  const diff = 'diffs/m/diff-v2-to-v3.sql'
  const names = { version: 'v3', r2_object_key: key, diffFromPrevious: diff }
  dataset.history.unshift({ ...entry, ...names })
  const files = {
    'manifest.json': `${JSON.stringify(two, null, 2)}\n`,
    [stored]: former,
    [diff]: '-- No data changed.\n',
  }
  const ref = 'refs/heads/both'
  await commitFiles(work.folder, [{ ref, from: commits[0], files }])
  const failure = { exit: 3, code: 'DM_CHECK_PROBLEMS' }
  const args = ['check', '--base', 'main', '--head', ref]
  const { document } = await dmFailure(work.folder, args, failure, { env })
  const told = (document['problems'] as Record<string, unknown>[]).map(({ code, version }) => [
    code,
    version,
  ])
  assert.equal(told, [['DM_CHECK_DIFF_FALSE', 'v3']])
  await work.git('update-ref', '-d', ref)
}

test.run()
