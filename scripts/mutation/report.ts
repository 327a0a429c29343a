import path from 'node:path'
import type { Mutant } from './find-mutants.ts'

/** How a mutant fared. */
export type Status = 'killed' | 'timed-out' | 'survived' | 'not-covered'

/** A mutant of a file of the project. */
export interface FileMutant extends Mutant {
  readonly file: string
  readonly source: string
}

export interface Tested {
  readonly mutant: FileMutant
  readonly status: Status
  /** Why a survivor is no gap, from equivalent.json. */
  readonly equivalent: string | null
}

/** A survivor that was looked at: no test can tell it from the original, or none should. */
export interface Equivalent {
  readonly file: string
  /** The line before and after the change, trimmed, as the report prints it. */
  readonly before: string
  readonly after: string
  readonly reason: string
}

/** The lines that a mutant changes, before and after, without the white space around them. */
export function changedLines({ source, start, end, replacement }: FileMutant): {
  readonly line: number
  readonly column: number
  readonly before: string
  readonly after: string
} {
  const first = source.lastIndexOf('\n', start - 1) + 1
  const newline = source.indexOf('\n', end)
  const last = newline === -1 ? source.length : newline
  return {
    line: source.slice(0, start).split('\n').length,
    column: start - first + 1,
    before: flat(source.slice(first, last)),
    after: flat(source.slice(first, start) + replacement + source.slice(end, last)),
  }
}

function flat(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ')
}

/** The reason why a mutant is no gap, or null. */
export function findReason(equivalents: readonly Equivalent[], mutant: FileMutant): string | null {
  const { before, after } = changedLines(mutant)
  const found = equivalents.find(
    (one) => one.file === mutant.file && one.before === before && one.after === after,
  )
  return found?.reason ?? null
}

/** The survivors with their places, then a table by folder. */
export function formatReport(tested: readonly Tested[]): string {
  const survivors = tested.filter(
    ({ status, equivalent }) => isAlive(status) && equivalent === null,
  )
  const rows = [
    ['folder', 'mutants', 'killed', 'timed out', 'survived', 'not covered', 'equivalent', 'score'],
    ...folderRows(tested),
  ]
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  const table = rows.map((row) =>
    row.map((cell, i) => pad(cell, widths?.[i] ?? 0, i === 0)).join('  '),
  )
  return [...survivors.map(formatSurvivor), table.join('\n'), ''].join('\n')
}

function pad(cell: string, width: number, isName: boolean): string {
  return isName ? cell.padEnd(width) : cell.padStart(width)
}

function formatSurvivor({ mutant, status }: Tested): string {
  const { line, column, before, after } = changedLines(mutant)
  const place = `${mutant.file}:${line}:${column}`
  return `${place} ${mutant.kind}, ${status}\n  - ${before}\n  + ${after}\n`
}

function folderRows(tested: readonly Tested[]): string[][] {
  const folderOf = ({ mutant }: Tested): string => path.dirname(mutant.file)
  const byFolder = Object.entries(Object.groupBy(tested, folderOf))
  const rows = byFolder.map(([folder, own = []]) => toRow(folder, own))
  return byFolder.length > 1 ? [...rows, toRow('all', tested)] : rows
}

function toRow(name: string, tested: readonly Tested[]): string[] {
  const equivalent = tested.filter((one) => isAlive(one.status) && one.equivalent !== null).length
  const count = (status: Status): number =>
    tested.filter((one) => one.status === status && (!isAlive(status) || one.equivalent === null))
      .length
  const [killed, timedOut] = [count('killed'), count('timed-out')]
  const score = (100 * (killed + timedOut)) / (tested.length - equivalent)
  return [
    name,
    ...[tested.length, killed, timedOut, count('survived'), count('not-covered'), equivalent].map(
      String,
    ),
    `${score.toFixed(1)} %`,
  ]
}

function isAlive(status: Status): boolean {
  return status === 'survived' || status === 'not-covered'
}
