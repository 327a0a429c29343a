import { createHash } from 'node:crypto'
import { parseConfig } from '../../../lib/config/parse-config.ts'
import type { ResolvedConfig } from '../../../lib/config/types.ts'
import { openRepository, type Repository } from '../../../lib/git/repository.ts'
import { type CheckedProposal, checkProposal } from '../../../lib/review/check-proposal.ts'
import { commitFiles, type FilesCommit } from '../../helpers/commit-files.ts'
import type { TestDataset, TestEntry } from '../../helpers/data-repository.ts'
import { createRepository, type TestRepository } from '../../helpers/git-repository.ts'
import { gitTestEnvironment } from '../../helpers/git-test-environment.ts'

/** The SHA-256 of a word, in place of bytes. */
export function hashOf(word: string): string {
  return createHash('sha256').update(word).digest('hex')
}

export const now = new Date('2026-11-25T12:00:00.000Z')
const PENDING = 'pending-merge'

/** A published version of a dataset named `<stem>.sqlite`. */
export function published(stem: string, version: string): TestEntry {
  const sha256 = hashOf(`${stem} ${version}`)
  return {
    version,
    timestamp: '2026-01-02T03:04:05.000Z',
    sha256,
    bytes: 4096,
    r2_object_key: `${stem}/${version}-${sha256}.sqlite`,
    diffFromPrevious: null,
    commit: '1234abc',
    description: `${stem} ${version}`,
  }
}

/** An upload of that version, as `prepare` proposes it. */
export function upload(stem: string, version: string, more: object = {}): TestEntry {
  const entry = published(stem, version)
  return {
    ...entry,
    timestamp: '2026-11-24T12:00:00.000Z',
    staging_key: `staging-uploads/01234567/${entry.sha256}.sqlite`,
    commit: PENDING,
    ...more,
  }
}

/** A rollback of a version to another one. */
export function rollback(stem: string, version: string, to: string, more: object = {}): TestEntry {
  const { staging_key: _key, ...entry } = upload(stem, version)
  const { sha256, r2_object_key: key, bytes } = published(stem, to)
  return { ...entry, sha256, bytes, r2_object_key: key, ...more }
}

function dataset(stem: string, bucket: string, ...history: TestEntry[]): TestDataset {
  const fileName = `${stem}.sqlite`
  return {
    fileName,
    bucket,
    latestVersion: history.at(-1)?.version ?? 'v1',
    history: history.toReversed(),
  }
}

/** The manifest of the base. */
export function baseManifest(): TestDataset[] {
  const going = dataset('going', 'production', published('going', 'v1'), published('going', 'v2'))
  if (going.history[0]) going.history[0].status = 'pending-deletion'
  const waiting = dataset('waiting', 'production', published('waiting', 'v1'))
  const waitingDiff = 'diffs/waiting/diff-v1-to-v2.sql'
  waiting.history.unshift(upload('waiting', 'v2', { diffFromPrevious: waitingDiff }))
  const returning = dataset('returning', 'production', published('returning', 'v1'))
  returning.history.unshift(published('returning', 'v2'), rollback('returning', 'v3', 'v1'))
  return [
    dataset('model', 'production', published('model', 'v1'), published('model', 'v2')),
    dataset('secret', 'internal', published('secret', 'v1')),
    dataset('pruned', 'production', published('pruned', 'v1')),
    dataset('thinned', 'production', published('thinned', 'v1'), published('thinned', 'v3')),
    going,
    waiting,
    returning,
  ]
}

/** Marked in the first commit of the base, removed in the second. */
export const gone = dataset('gone', 'production', published('gone', 'v1'))
export const retired = {
  numbers: { 'gone.sqlite': 1, 'pruned.sqlite': 2 },
  objects: [published('gone', 'v1'), published('pruned', 'v2')].map(({ r2_object_key: key }) => ({
    bucket: 'production',
    key,
    since: '2026-11-20T00:00:00.000Z',
  })),
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** What `model` v2 was before it was published. */
export const formerV2 = upload('model', 'v2', { timestamp: published('model', 'v2').timestamp })

/** Its v2 was the latest when it was marked, and was removed like `gone`. */
export function regainPruned(manifest: readonly TestDataset[]): void {
  const pruned = find(manifest, 'pruned')
  pruned.history.unshift({ ...published('pruned', 'v2'), status: 'pending-deletion' })
  pruned.latestVersion = 'v2'
}

/** Its v2 was not the latest, and was removed like `gone`. */
export function regainThinned(manifest: readonly TestDataset[]): void {
  const { history } = find(manifest, 'thinned')
  history.splice(1, 0, { ...published('thinned', 'v2'), status: 'pending-deletion' })
}

/** What a branch proposes. */
export interface Branch {
  readonly edit?: (manifest: TestDataset[]) => TestDataset[] | void
  /** The manifest's text instead. */
  readonly text?: string | null
  readonly files?: FilesCommit['files']
  /** What it is built on; default: the tip of the base, the second commit. */
  readonly from?: string
}

export interface ReviewScene {
  readonly work: TestRepository
  readonly repository: Repository
  readonly check: (
    branch: string,
    forks?: readonly string[],
    settings?: ResolvedConfig,
  ) => Promise<CheckedProposal>
  /** The same with another commit as the base. */
  readonly at: (base: string) => Pick<ReviewScene, 'check'>
}

export const config: ResolvedConfig = parseConfig({}, 'test')

/** A repository without a remote: its base, and the branches that propose something. */
export async function reviewScene(
  folder: string,
  branches: Readonly<Record<string, Branch>>,
): Promise<ReviewScene> {
  const work = await createRepository(folder)
  const time = (day: number): Date => new Date(Date.UTC(2026, 10, day))
  const main = 'refs/heads/main'
  const before = baseManifest()
  const model = find(before, 'model')
  Object.assign(model, { latestVersion: 'v1', history: [formerV2, ...model.history.slice(1)] })
  const marked = { ...gone, status: 'pending-deletion' }
  regainPruned(before)
  regainThinned(before)
  const commits: FilesCommit[] = [
    {
      ref: main,
      from: null,
      time: time(19),
      files: {
        'manifest.json': json([...before, marked]),
        'README.md': 'Ours\n',
        'diffs/model/diff-v1-to-v2.sql': '-- what it was\n',
        'diffs/waiting/diff-v1-to-v2.sql': '-- what waits\n',
        'docs/datasets.md': 'before\n',
        'docs/datasets-older/m-v1-to-v50.md': 'before\n',
      },
    },
    {
      ref: main,
      time: time(20),
      files: {
        'manifest.json': json(baseManifest()),
        'manifest.retired.json': json(retired),
        'docs/datasets.md': 'after\n',
        'docs/datasets-older/m-v1-to-v50.md': 'after\n',
      },
    },
  ]
  for (const [name, { edit = () => undefined, text, files = {}, from = ':2' }] of Object.entries(
    branches,
  )) {
    const manifest = baseManifest()
    const content = text === undefined ? json(edit(manifest) ?? manifest) : text
    const all = { 'manifest.json': content, ...files }
    commits.push({ ref: `refs/heads/${name}`, from, time: time(21), files: all })
  }
  await commitFiles(folder, commits)
  const repository = await openRepository({
    cwd: folder,
    env: gitTestEnvironment,
    remote: 'origin',
    base: 'main',
  })
  const lines = (await work.git('for-each-ref', '--format=%(refname:short) %(objectname)')).split(
    '\n',
  )
  const commitOf = new Map(lines.map((line) => line.split(' ') as [string, string]))
  const base = commitOf.get('main') ?? ''
  const at = (tip: string): Pick<ReviewScene, 'check'> => ({
    check: (branch, forks = [tip], settings = config) => {
      const reviewed = { base: tip, head: commitOf.get(branch) ?? '', forks }
      return checkProposal(repository, reviewed, { config: settings, now })
    },
  })
  return { work, repository, at, ...at(base) }
}

/** The dataset of a stem in a manifest that is edited. */
export function find(manifest: readonly TestDataset[], stem: string): TestDataset {
  const found = manifest.find(({ fileName }) => fileName === `${stem}.sqlite`)
  if (found === undefined) throw new Error(`no ${stem}`)
  return found
}

/** A new dataset. */
export function created(stem: string, bucket: string, ...history: TestEntry[]): TestDataset {
  return dataset(stem, bucket, ...history)
}
