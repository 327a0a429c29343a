import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Coverage } from './coverage.ts'
import type { Status } from './report.ts'

/** The outcome of a mutant, and of which tests. */
export interface Result {
  /** Of the source and the change. */
  readonly mutant: string
  readonly status: Status
  /** Killed: of the test file that did it; else: of all test files that could have. */
  readonly tests: string
}

/** What earlier runs found out, so that a run that was ended goes on where it was. */
export interface State {
  readonly coverage: Map<string, Coverage>
  readonly results: Map<string, Result>
  readonly addCoverage: (file: string, coverage: Coverage) => void
  readonly addResult: (result: Result) => void
}

/** Reads the state in `.mutation/`; each finding is appended when it is made. */
export function openState(root: string, fresh: boolean): State {
  const folder = path.join(root, '.mutation')
  if (fresh) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const files = { coverage: path.join(folder, 'coverage'), results: path.join(folder, 'results') }
  const read = <T>(file: string): T[] => {
    if (!existsSync(file)) return []
    // The last line may have been cut by the end of a run.
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as T)
  }
  const coverage = new Map(read<[string, Coverage]>(files.coverage))
  const results = new Map(read<Result>(files.results).map((one) => [one.mutant, one]))
  // Without what newer findings have replaced.
  write(files.coverage, [...coverage])
  write(files.results, [...results.values()])
  return {
    coverage,
    results,
    addCoverage: (file, found) => {
      coverage.set(file, found)
      appendFileSync(files.coverage, `${JSON.stringify([file, found])}\n`)
    },
    addResult: (result) => {
      results.set(result.mutant, result)
      appendFileSync(files.results, `${JSON.stringify(result)}\n`)
    },
  }
}

function write(file: string, lines: readonly unknown[]): void {
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
