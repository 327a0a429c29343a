import { escapeMarkdown } from '../../format/text.ts'
import type { DatabaseDiff } from '../types.ts'
import { describeDiff } from './describe-diff.ts'
import { countOf, formatCount, type Section, type Table } from './outline.ts'

export interface MarkdownOptions {
  /** A heading above it, as plain text. */
  readonly title?: string
  /** So many lines of a section are seen at once; default 12. */
  readonly most?: number
}

/** More than that nobody reads, and GitHub takes 65,536 characters of a body. */
const MOST_FOLDED = 150
const LONGEST = 30_000

/** A diff as Markdown that GitHub renders: tables, and what is long collapsed. */
export function diffMarkdown(
  diff: DatabaseDiff,
  { title, most = 12 }: MarkdownOptions = {},
): string {
  const { verdict, sections } = describeDiff(diff)
  const [first = '', ...rest] = verdict.map(escapeMarkdown)
  const parts = [
    ...(title === undefined ? [] : [`### ${escapeMarkdown(title)}`]),
    [`**${first}**`, ...rest].join(' '),
  ]
  let length = parts.join('').length
  let left = 0
  for (const section of sections) {
    const part = sectionMarkdown(section, most)
    length += part.length + 2
    if (length > LONGEST) left++
    else parts.push(part)
  }
  if (left > 0) parts.push(`… and ${countOf(left, 'part')} that would be too long here.`)
  return parts.join('\n\n')
}

function sectionMarkdown({ title, block, isDetail }: Section, most: number): string {
  const heading = escapeMarkdown(title)
  const rows =
    block.kind === 'table'
      ? block.rows.map((row) => `| ${row.map(escapeMarkdown).join(' | ')} |`)
      : block.lines.map(
          ({ label, text }) => `- **${escapeMarkdown(label)}**: ${escapeMarkdown(text)}`,
        )
  const head = block.kind === 'table' ? tableHead(block) : []
  const list = (some: readonly string[]): string => [...head, ...some].join('\n')
  if (isDetail === true) return details(heading, list(rows.slice(0, MOST_FOLDED)))
  const folded = rows.slice(most, MOST_FOLDED)
  const lost = rows.length - most - folded.length
  const parts = [`**${heading}**`, list(rows.slice(0, most))]
  if (folded.length > 0) {
    const more = lost > 0 ? `\n\n… and ${formatCount(lost)} more.` : ''
    parts.push(details(`${formatCount(rows.length - most)} more`, `${list(folded)}${more}`))
  }
  return parts.join('\n\n')
}

function tableHead({ heading }: Table): string[] {
  const rule = heading.map((_, at) => (at === 0 ? '---' : '---:'))
  return [`| ${heading.map(escapeMarkdown).join(' | ')} |`, `| ${rule.join(' | ')} |`]
}

/** GitHub renders Markdown within it only behind an empty line. */
function details(summary: string, text: string): string {
  return `<details><summary>${summary}</summary>\n\n${text}\n\n</details>`
}
