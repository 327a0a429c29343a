import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import { type Copy, runTests } from './run-tests.ts'

/** What one test file runs. */
export interface Coverage {
  /** Of the test file and all that it imports from `test/`; another one makes this worthless. */
  readonly tests: string
  readonly seconds: number
  /** How many tests passed; 0: it does not pass here, and is left out. */
  readonly passed: number
  readonly sources: Readonly<Record<string, SourceCoverage>>
}

interface SourceCoverage {
  readonly hash: string
  /** Offsets of what ran: begin, end, begin, end, … */
  readonly ran: readonly number[]
}

export function hashOf(...texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(text).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** The file and all files of the project that it imports when it runs, directly or not. */
export function importsOf(root: string, file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const source = readFileSync(path.join(root, file), 'utf8')
  for (const { moduleRequest, entries } of parseSync(file, source).module.staticImports) {
    const { value } = moduleRequest
    if (entries.length > 0 && entries.every(({ isType }) => isType)) continue
    if (value.startsWith('.') && value.endsWith('.ts'))
      importsOf(root, path.join(path.dirname(file), value), found)
  }
  return found
}

/** A hash of a test file and its helpers. */
export function hashTests(root: string, file: string): string {
  const own = [...importsOf(root, file)].filter((name) => name.startsWith('test/')).toSorted()
  return hashOf(...own, ...own.map((name) => readFileSync(path.join(root, name), 'utf8')))
}

/** Runs a test file and records what of the sources it ran, in all processes that it started. */
export async function measureCoverage(
  root: string,
  copy: Copy,
  file: string,
  timeoutSeconds: number,
): Promise<Coverage> {
  const folder = mkdtempSync(path.join(path.dirname(copy.folder), 'coverage-'))
  const { outcome, passed, seconds } = await runTests(copy, [file], {
    timeoutSeconds,
    coverage: folder,
  })
  const ran = new Map<string, Uint8Array>()
  for (const name of readdirSync(folder)) readReport(copy.folder, path.join(folder, name), ran)
  rmSync(folder, { recursive: true })
  const sources = [...ran].map(([name, bytes]): [string, SourceCoverage] => {
    const source = readFileSync(path.join(root, name), 'utf8')
    return [name, { hash: hashOf(source), ran: toRanges(bytes) }]
  })
  return {
    tests: hashTests(root, file),
    seconds,
    passed: outcome === 'passed' ? passed : 0,
    sources: Object.fromEntries(sources),
  }
}

/** Whether the test file may run what stands at an offset of a source. */
export function covers(coverage: Coverage, file: string, hash: string, offset: number): boolean {
  const source = coverage.sources[file]
  if (source === undefined) return false
  // The source has changed since: all of it, for safety.
  if (source.hash !== hash) return true
  const next = source.ran.findIndex((bound) => bound > offset)
  return next % 2 === 1
}

interface Report {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly {
      readonly ranges: readonly { startOffset: number; endOffset: number; count: number }[]
    }[]
  }[]
}

/** Types are stripped to white space of the same length, so that V8's offsets are the source's. */
function readReport(project: string, report: string, ran: Map<string, Uint8Array>): void {
  // A process that was killed may leave half a report.
  const { result } = parse(report) ?? { result: [] }
  for (const { url, functions } of result) {
    if (!url.startsWith('file:')) continue
    const file = path.relative(project, fileURLToPath(url))
    if (!/^(?:lib|tasks)\/.*\.ts$/.test(file)) continue
    const ranges = functions
      .flatMap((one) => one.ranges)
      .toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
    const length = ranges.reduce((end, range) => Math.max(end, range.endOffset), 0)
    const own = new Uint8Array(length)
    // What is inside comes later, and counts.
    for (const { startOffset, endOffset, count } of ranges)
      own.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    const all = ran.get(file) ?? new Uint8Array(length)
    for (const [at, value] of own.entries()) if (value === 1) all[at] = 1
    ran.set(file, all)
  }
}

function parse(report: string): Report | null {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as Report
  } catch {
    return null
  }
}

function toRanges(bytes: Uint8Array): number[] {
  const ranges: number[] = []
  for (let at = 0; at <= bytes.length; at++) {
    if ((bytes[at] ?? 0) !== (bytes[at - 1] ?? 0)) ranges.push(at)
  }
  return ranges
}
