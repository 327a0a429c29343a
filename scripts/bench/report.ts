import { formatBytes } from '../../lib/format/units.ts'
import { seeBars } from './bars.ts'
import { dmNames } from './names.ts'
import { findRow, type Results, type Row } from './results.ts'
import { ratiosOf, type Spread, spreadOf } from './statistics.ts'

/** All that was seen, for people: Markdown. */
export function report(results: Results): string {
  const { cpu, cores, memoryGiB, system } = results.machine
  const { megabitsPerSecond, delayMs } = results.slowLine
  const { loopback, slow } = results.runs
  const sizes = [...new Set(results.rows.map(({ size }) => size))]
  return `${[
    `# Benchmarks of ${results.date}`,
    'How to read and repeat them: [README](README.md).',
    [
      `- machine: ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}`,
      `- store: ${results.store}`,
      `- slow line: ${megabitsPerSecond} Mbit/s and ${delayMs} ms, each way`,
      `- runs: ${loopback} on loopback, ${slow} over the slow line, in turn`,
      ...Object.entries(results.programs).map(
        ([name, version]) => `- ${name}: ${version ?? 'not installed, not measured'}`,
      ),
    ].join('\n'),
    ...sizes.flatMap((size) => section(results.rows, size)),
  ].join('\n\n')}\n`
}

function section(rows: readonly Row[], size: number): string[] {
  const bars = seeBars(rows, size).map(({ what, limit, seen, unit }) => {
    const show = unit === 'bytes' ? formatBytes : ratio
    const range = seen.least === seen.most ? '' : ` (${show(seen.least)} to ${show(seen.most)})`
    const mark = seen.median <= limit ? '✔' : '✘'
    return [mark, what, show(limit), `${show(seen.median)}${range}`]
  })
  const here = rows.filter((row) => row.size === size)
  return [
    `## ${formatBytes(size)}`,
    ...(bars.length === 0 ? [] : [table(['', 'what', 'at most', 'seen'], bars)]),
    table(
      ['work', 'line', 'who', 'seconds', 'dm ÷ it', 'sent', 'received', 'peak', 'way'],
      here.map((row) => cells(rows, row)),
    ),
  ]
}

function cells(rows: readonly Row[], row: Row): string[] {
  const { work, variant, line, contestant, sent, received, facts } = row
  const dm = findRow(rows, row, dmNames.dm)
  const compared = dm === undefined || dm === row ? '' : spread(ratiosOf(dm.seconds, row.seconds))
  const bytes = (count: number | null): string => (count === null ? '' : formatBytes(count))
  return [
    variant === null ? work : `${work}, ${variant}`,
    line,
    contestant,
    spread(spreadOf(row.seconds)),
    compared,
    bytes(sent),
    bytes(received),
    formatBytes(Math.max(...row.peakBytes)),
    String(facts['form'] ?? facts['via'] ?? ''),
  ]
}

function spread({ median, least, most }: Spread): string {
  if (least === most) return ratio(median)
  return `${ratio(median)} (${ratio(least)} to ${ratio(most)})`
}

/** Three digits of what is small, two behind the point of what is not. */
function ratio(value: number): string {
  return value < 0.1 ? String(Number(value.toPrecision(2))) : value.toFixed(2)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
