import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Coverage, covers, hashOf } from './coverage.ts'
import type { FileMutant, Status } from './report.ts'
import { type Copy, runTests } from './run-tests.ts'
import type { Result, State } from './state.ts'

/** What is known while the mutants of a run are tested. */
export interface Session {
  /** Seconds of tests that a mutant is given. */
  readonly budgetSeconds: number
  readonly state: State
  readonly tests: readonly string[]
  /** How many mutants of a source a test file has killed: `test source` → count. */
  readonly kills: Map<string, number>
  /** Of each source, the seconds of its fast test files in one process; null: they fail there. */
  readonly together: Map<string, Promise<number | null>>
}

interface CoveringTest {
  readonly name: string
  readonly coverage: Coverage
}

/** Test files that run in one process. */
interface Batch {
  readonly batch: readonly CoveringTest[]
  readonly seconds: number
}

/** Seconds; test files that take less run together in one process. */
const FAST = 1.5

/** Tests a mutant in a copy of the project; what an earlier run has found is not tested again. */
export async function testMutant(
  session: Session,
  mutant: FileMutant,
  copy: Copy,
): Promise<Result> {
  const { state } = session
  const { file, source, start, end, replacement } = mutant
  const hash = hashOf(source)
  const covering = findCovering(session, file, (coverage) => covers(coverage, file, hash, start))
  const all = hashOf(...covering.map(({ name, coverage }) => name + coverage.tests).toSorted())
  const id = hashOf(file, source, `${start}`, `${end}`, replacement)
  const known = state.results.get(id)
  if (known !== undefined) {
    const killers = covering.map(({ coverage }) => coverage.tests)
    if ([all, ...killers].includes(known.tests)) return known
  }
  const finish = (status: Status, tests: string): Result => {
    const result = { mutant: id, status, tests }
    state.addResult(result)
    return result
  }
  if (covering.length === 0) return finish('not-covered', all)
  const batches = await makeBatches(session, file, covering, copy)
  const target = path.join(copy.folder, file)
  writeFileSync(target, source.slice(0, start) + replacement + source.slice(end))
  try {
    let { budgetSeconds } = session
    for (const { batch, seconds } of batches) {
      if (budgetSeconds < 0) break
      budgetSeconds -= seconds
      const names = batch.map(({ name }) => name)
      const run = await runTests(copy, names, { timeoutSeconds: 5 + 4 * seconds })
      const passing = batch.reduce((sum, { coverage }) => sum + coverage.passed, 0)
      if (run.outcome === 'passed' && run.passed === passing) continue
      const killer = batch.find(({ name }) => name === run.failedFile) ?? batch[0]
      const key = `${killer?.name} ${file}`
      session.kills.set(key, (session.kills.get(key) ?? 0) + 1)
      const status = run.outcome === 'timed-out' ? 'timed-out' : 'killed'
      return finish(status, killer?.coverage.tests ?? all)
    }
    return finish('survived', all)
  } finally {
    writeFileSync(target, source)
  }
}

/** The usable test files of which something is true: first those that kill, then the fastest. */
function findCovering(
  { state, tests, kills }: Session,
  file: string,
  isCovering: (coverage: Coverage) => boolean,
): CoveringTest[] {
  const found = tests.flatMap((name) => {
    const coverage = state.coverage.get(name)
    if (coverage === undefined || coverage.passed === 0 || !isCovering(coverage)) return []
    return [{ name, coverage, kills: kills.get(`${name} ${file}`) ?? 0 }]
  })
  return found.toSorted((a, b) => b.kills - a.kills || a.coverage.seconds - b.coverage.seconds)
}

/** The fast test files in one process, where they can be; then each of the others alone. */
async function makeBatches(
  session: Session,
  file: string,
  covering: readonly CoveringTest[],
  copy: Copy,
): Promise<Batch[]> {
  const alone = (test: CoveringTest): Batch => ({ batch: [test], seconds: test.coverage.seconds })
  const fast = covering.filter(({ coverage }) => coverage.seconds < FAST)
  const slow = covering.filter(({ coverage }) => coverage.seconds >= FAST)
  const together = session.together.get(file) ?? timeTogether(session, file, copy)
  session.together.set(file, together)
  const seconds = fast.length === 0 ? null : await together
  if (seconds === null) return covering.map(alone)
  return [{ batch: fast, seconds }, ...slow.map(alone)]
}

async function timeTogether(session: Session, file: string, copy: Copy): Promise<number | null> {
  const all = findCovering(session, file, ({ sources }) => sources[file] !== undefined)
  const fast = all.filter(({ coverage }) => coverage.seconds < FAST)
  const names = fast.map(({ name }) => name)
  const { outcome, seconds } = await runTests(copy, names, { timeoutSeconds: 60 })
  return outcome === 'passed' ? seconds : null
}
