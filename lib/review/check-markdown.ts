import { escapeMarkdown } from '../format/text.ts'

/** What is known of a proposal when it has been checked. */
export interface CheckSummary {
  readonly proposed: readonly {
    readonly kind: string
    readonly dataset: string
    readonly version: string | null
    readonly bucket: string
  }[]
  readonly problems: readonly {
    readonly code: string
    readonly dataset: string
    readonly version: string | null
    readonly message: string
  }[]
  /** The versions whose diffs, as their authors give them, nobody has held against the bytes. */
  readonly unverified: readonly { readonly dataset: string; readonly version: string }[]
  readonly acceptedBy: string | null
  /** Whether the bytes in staging were looked at; null: it did not come to that. */
  readonly staged: boolean | null
}

/** So many of each are listed. */
const MOST = 50

/**
 * What the check of a proposal found, for a summary and a comment: what is wrong first.
 *
 * @param diff Markdown of what is different in the data; '': nothing is known of that
 */
export function checkMarkdown(
  { proposed, problems, unverified, acceptedBy, staged }: CheckSummary,
  diff: string,
): string {
  const count = problems.length
  const verdict =
    count > 0
      ? `### ❌ ${count} ${count === 1 ? 'thing' : 'things'} must be corrected`
      : proposed.length === 0
        ? '### No data is changed'
        : '### ✅ What is proposed is as it should be'
  const accepted =
    acceptedBy === null ? [] : [`Beyond the limits, and accepted by ${escapeMarkdown(acceptedBy)}.`]
  const seen =
    staged === false && proposed.length > 0
      ? [
          'The staged bytes were not looked at here, as for every pull request from a fork; publishing hashes them.',
        ]
      : []
  return [
    verdict,
    ...listed(problems, ({ code, dataset, version, message }) => {
      const about = [dataset, version].filter(Boolean).join(' ')
      const name = about === '' ? '' : `**${escapeMarkdown(about)}**: `
      return `- ${name}${escapeMarkdown(message)} \`${code}\``
    }),
    ...accepted,
    ...listed(proposed, ({ kind, dataset, version, bucket }) => {
      const about = [dataset, version].filter(Boolean).join(' ')
      return `- ${escapeMarkdown(kind)} of **${escapeMarkdown(about)}** in ${escapeMarkdown(bucket)}`
    }),
    ...listed(unverified, ({ dataset, version }) => {
      const name = escapeMarkdown(`${dataset} ${version}`)
      return `- **Unverified**: the diff of ${name} is what its author says; the bytes were not compared here`
    }),
    ...(diff.trim() === '' ? [] : [diff.trim()]),
    ...seen,
  ].join('\n\n')
}

function listed<Item>(items: readonly Item[], line: (item: Item) => string): string[] {
  if (items.length === 0) return []
  const more = items.length - MOST
  return [
    [...items.slice(0, MOST).map(line), ...(more > 0 ? [`- … and ${more} more`] : [])].join('\n'),
  ]
}
