import { printableLine, wrap } from '../../format/text.ts'
import type { DatabaseDiff } from '../types.ts'
import { describeDiff } from './describe-diff.ts'
import { cut, formatCount, type Line, type Outline, type Table } from './outline.ts'

export interface TextOptions {
  /** Characters per line; what has no space in it may be longer. */
  readonly width: number
  /** So many lines of a section are shown; default 12. */
  readonly most?: number | undefined
}

/** A name keeps so many characters. */
const LEAST_NAME = 14

/** A diff for a terminal: every name and value in it is shown as one line of plain characters. */
export function diffText(diff: DatabaseDiff, options: TextOptions): string {
  return outlineText(describeDiff(diff), options).join('\n')
}

/** The same, line by line. */
export function outlineText(
  { verdict, sections }: Outline,
  { width, most = 12 }: TextOptions,
): string[] {
  const lines = verdict.flatMap((sentence) => wrapped(printableLine(sentence), width, 0))
  for (const { title, block, isDetail } of sections) {
    lines.push('', title)
    const [shown, total] =
      block.kind === 'table'
        ? [tableLines(block, most, width), block.rows.length]
        : [
            block.lines.slice(0, most).flatMap((line) => toLines(line, width, isDetail)),
            block.lines.length,
          ]
    lines.push(...shown)
    if (total > most) lines.push(`  … and ${formatCount(total - most)} more`)
  }
  return lines
}

function toLines({ label, text }: Line, width: number, isDetail = false): string[] {
  const line = `  ${printableLine(label)}: ${printableLine(text)}`
  return wrapped(isDetail ? cut(line, width * 2) : line, width, 4)
}

function wrapped(text: string, width: number, indent: number): string[] {
  const start = /^ */.exec(text)?.[0] ?? ''
  const lines = wrap(text.trimStart(), width - start.length, indent).split('\n')
  return lines.map((line, index) => (index === 0 ? `${start}${line}` : line))
}

/** Names to the left, numbers to the right; a name is cut where there is no room for it. */
function tableLines({ heading, rows }: Table, most: number, width: number): string[] {
  const all = [heading, ...rows.slice(0, most)].map((row) => row.map(printableLine))
  const widths = heading.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)))
  const numbers = widths.slice(1).reduce((sum, one) => sum + one + 2, 0)
  const room = Math.min(widths[0] ?? 0, Math.max(width - numbers - 2, LEAST_NAME))
  return all.map(([name = '', ...cells]) => {
    const aligned = cells.map((cell, at) => `  ${cell.padStart(widths[at + 1] ?? 0)}`)
    return `  ${cut(name, room).padEnd(room)}${aligned.join('')}`.trimEnd()
  })
}
