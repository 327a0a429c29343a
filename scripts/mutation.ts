// Changes the code in one small place at a time, and looks whether a test notices:
//
//   npm run mutation -- [--folder lib/manifest]… [--file lib/base/history.ts]… [--quick] [--tests test/lib]…
//                       [--sample 300] [--seed 1] [--jobs 2] [--budget 60] [--fresh]
//
//   --folder, --file  only the mutants of these; default: all of the pure modules, which decide what is
//                     published and removed, and a selection of the other code that keeps data safe
//   --quick           only with the tests of the same folder of lib, such as test/lib/manifest/
//   --tests           only with the tests whose paths begin so
//   --sample, --seed  how many of the other code, and which
//   --jobs            how many mutants at a time
//   --budget          seconds of tests that a mutant is given
//   --fresh           forget earlier runs
//
// The user's files are never changed: it works on copies. A mutant is tested by the test files that run
// the place (V8 tells), first by those that have noticed a change in the same file, then by the fastest.
// Findings are kept in .mutation/, so that a run that was ended goes on where it was. Survivors that are
// no gaps are listed, with the reason, in scripts/mutation/equivalent.json.
import { chmodSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { hashOf, hashTests, importsOf, measureCoverage } from './mutation/coverage.ts'
import { findMutants } from './mutation/find-mutants.ts'
import {
  type Equivalent,
  type FileMutant,
  findReason,
  formatReport,
  type Tested,
} from './mutation/report.ts'
import { type Copy, makeCopy } from './mutation/run-tests.ts'
import { openState, type Result } from './mutation/state.ts'
import { type Session, testMutant } from './mutation/test-mutant.ts'

const pure = ['lib/manifest/', 'lib/base/', 'lib/change/', 'lib/proposal/', 'lib/publication/']
const sampled = [
  'lib/store/',
  'lib/pull/',
  'lib/files/',
  'lib/cli/ask.ts',
  'lib/git/push-commit.ts',
  'lib/git/refresh-work-tree.ts',
  'lib/git/refs.ts',
  'lib/git/update-local-branch.ts',
  'lib/git/verify-names.ts',
  'lib/git/work-trees.ts',
  'lib/git/write-commit.ts',
  'lib/git/write-tree.ts',
]

export interface Choice {
  /** The project. */
  readonly root: string
  /** Beginnings of paths: all mutants of these; default: of the pure modules. */
  readonly all?: readonly string[]
  /** So many mutants of these, chosen by the seed; default: beside the pure modules, of what is listed. */
  readonly some?: readonly string[]
  readonly sample?: number
  readonly seed?: number
}

export interface MutationOptions extends Choice {
  readonly jobs: number
  readonly quick?: boolean
  /** Beginnings of paths: only with these test files. */
  readonly tests?: readonly string[]
  readonly budgetSeconds: number
  readonly fresh?: boolean
  /** Told how far it is. */
  readonly onProgress?: (text: string) => void
}

/** Tests mutants; what earlier runs have found is not tested again. */
export async function testMutants(options: MutationOptions): Promise<Tested[]> {
  const { root, jobs, onProgress = () => undefined } = options
  const state = openState(root, options.fresh ?? false)
  const mutants = chooseMutants(options)
  const folder = mkdtempSync(path.join(tmpdir(), 'dm-mutation-'))
  // Some tests do as another user what root may do.
  chmodSync(folder, 0o755)
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true })
      process.exit(130)
    })
  }
  try {
    const copies = Array.from({ length: jobs }, (_, i) => makeCopy(root, path.join(folder, `${i}`)))
    const tests = findTests(options, mutants)
    await eachInCopy(copies, tests, async (file, copy, count) => {
      if (state.coverage.get(file)?.tests === hashTests(root, file)) return
      onProgress(`coverage ${count} of ${tests.length}: ${file}`)
      state.addCoverage(file, await measureCoverage(root, copy, file, 300))
    })
    const unusable = tests.filter((file) => (state.coverage.get(file)?.passed ?? 0) === 0)
    if (unusable.length > 0) onProgress(`left out, since they do not pass: ${unusable.join(' ')}`)
    const { budgetSeconds } = options
    const session: Session = { budgetSeconds, state, tests, kills: new Map(), together: new Map() }
    let alive = 0
    const results = await eachInCopy(copies, mutants, async (mutant, copy, count) => {
      const result = await testMutant(session, mutant, copy)
      if (result.status === 'survived' || result.status === 'not-covered') alive++
      onProgress(`mutant ${count} of ${mutants.length}, ${alive} alive: ${mutant.file}`)
      return result
    })
    const equivalents = readEquivalents(root)
    return mutants.map((mutant, index) => ({
      mutant,
      status: (results[index] as Result).status,
      equivalent: findReason(equivalents, mutant),
    }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function chooseMutants({
  root,
  all = pure,
  some = all === pure ? sampled : [],
  sample = 0,
  seed = 1,
}: Choice): FileMutant[] {
  const sources = globSync('{lib,tasks}/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.d.ts'))
    .toSorted()
  const missing = [...all, ...some].find((place) => !sources.some((file) => file.startsWith(place)))
  if (missing !== undefined) throw new Error(`no source file's path begins with '${missing}'`)
  const mutantsOf = (places: readonly string[]): FileMutant[] =>
    sources
      .filter((file) => places.some((place) => file.startsWith(place)))
      .flatMap((file) => {
        const source = readFileSync(path.join(root, file), 'utf8')
        return findMutants(file, source).map((mutant) => Object.assign(mutant, { file, source }))
      })
  const rank = ({ file, start, replacement }: FileMutant): string =>
    hashOf(`${seed}`, file, `${start}`, replacement)
  const selection = mutantsOf(some)
    .map((mutant) => ({ mutant, rank: rank(mutant) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, sample)
    .map(({ mutant }) => mutant)
  return [...mutantsOf(all), ...selection.toSorted((a, b) => (a.file < b.file ? -1 : 1))]
}

/** The test files that may run one of the mutants; quick: only those beside the file's own. */
function findTests(
  { root, quick = false, tests = [''] }: MutationOptions,
  mutants: readonly FileMutant[],
): string[] {
  const sources = [...new Set(mutants.map(({ file }) => file))]
  const beside = sources.map((file) => path.join('test', ...file.split('/').slice(0, 2), '/'))
  return globSync('test/**/*.test.ts', { cwd: root })
    .filter((file) => {
      if (!tests.some((part) => file.startsWith(part))) return false
      if (quick && !beside.some((folder) => file.startsWith(folder))) return false
      const imports = importsOf(root, file)
      if (imports.has('scripts/mutation.ts')) return false
      const startsPrograms = [...imports].some((name) => /^test\/helpers\/(?:dm|run)/.test(name))
      return startsPrograms || sources.some((source) => imports.has(source))
    })
    .toSorted()
}

/** Works on the items in their order, as many at a time as there are copies. */
async function eachInCopy<Item, Outcome>(
  copies: readonly Copy[],
  items: readonly Item[],
  work: (item: Item, copy: Copy, count: number) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let next = 0
  await Promise.all(
    copies.map(async (copy) => {
      while (next < items.length) {
        const index = next++
        outcomes[index] = await work(items[index] as Item, copy, index + 1)
      }
    }),
  )
  return outcomes
}

function readEquivalents(root: string): Equivalent[] {
  const file = path.join(root, 'scripts/mutation/equivalent.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Equivalent[]) : []
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', multiple: true, default: [] },
      file: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      tests: { type: 'string', multiple: true, default: [''] },
      sample: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      budget: { type: 'string', default: '60' },
      fresh: { type: 'boolean', default: false },
    },
  })
  const named = [...values.folder.map((folder) => path.join(folder, '/')), ...values.file]
  const tested = await testMutants({
    root: path.join(import.meta.dirname, '..'),
    ...(named.length > 0 ? { all: named } : {}),
    sample: Number(values.sample),
    seed: Number(values.seed),
    jobs: Number(values.jobs),
    quick: values.quick,
    tests: values.tests,
    budgetSeconds: Number(values.budget),
    fresh: values.fresh,
    onProgress: (text) => process.stderr.write(`${text}\n`),
  })
  process.stdout.write(formatReport(tested))
}
