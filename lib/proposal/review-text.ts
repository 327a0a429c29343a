import { escapeMarkdown, printableLine, shellQuote } from '../format/text.ts'
import { formatBytes } from '../format/units.ts'
import { bucketOf } from '../manifest/lookup.ts'
import type { ChangeKind, ProposedItem } from '../manifest/proposed-items.ts'

const titles: Readonly<Record<ChangeKind, string>> = {
  upload: 'New version',
  rollback: 'Back to older bytes',
  deletion: 'Deletion',
  withdrawal: 'Taken back',
  reversal: 'Publication reverted',
}

/** What a pull request is labelled with. */
export function labelOf(kind: ChangeKind): string {
  return `data: ${kind}`
}

/** So many things are listed; a prune may mark hundreds. */
const most = 50

/**
 * What a proposal asks for, as Markdown for whoever reviews it.
 *
 * @param items all that the branch proposes
 * @param options.branch where it can be tried from
 * @param options.diff Markdown of what is different in the data; null: nothing is known of that
 */
export function reviewText(
  items: readonly ProposedItem[],
  {
    branch,
    diff,
    isPublic,
  }: {
    readonly branch: string
    readonly diff: string | null
    readonly isPublic: (bucket: string) => boolean
  },
): string {
  const [only, ...others] = items
  const table =
    only === undefined
      ? 'Nothing is left of this proposal.'
      : others.length === 0
        ? oneTable(only, isPublic)
        : manyTable(items, isPublic)
  const tried = items.filter(({ kind, entry }) => kind === 'upload' && entry !== null)
  const parts = [
    table,
    ...(diff === null || diff.trim() === '' ? [] : [diff.trim()]),
    ...(tried.length === 0 ? [] : [howToTry(tried, branch)]),
    ...(items.some(({ kind }) => kind === 'deletion')
      ? [
          'After the merge, `dm publish` removes what is marked; its bytes follow after the retention.',
        ]
      : []),
  ]
  return parts.join('\n\n')
}

/** One thing has room for all that there is to say of it. */
function oneTable(item: ProposedItem, isPublic: (bucket: string) => boolean): string {
  const { kind, entry } = item
  const { dataset, version, bucket, size } = cellsOf(item, isPublic)
  const rows = [
    [titles[kind], `**${dataset} ${version}**`],
    ['Bucket', bucket],
    ...(size === '' ? [] : [['Size', size]]),
    ...(entry === null ? [] : [['SHA-256', `\`${entry.sha256}\``]]),
  ]
  return ['| | |', '| --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')
}

function manyTable(items: readonly ProposedItem[], isPublic: (bucket: string) => boolean): string {
  const rows = items.slice(0, most).map((item) => {
    const { dataset, version, bucket, size } = cellsOf(item, isPublic)
    const hash = item.entry === null ? '' : `\`${item.entry.sha256.slice(0, 12)}…\``
    return `| ${[titles[item.kind], dataset, version, bucket, size, hash].join(' | ')} |`
  })
  const more = items.length - rows.length
  return [
    '| change | dataset | version | bucket | size | SHA-256 |',
    '| --- | --- | --- | --- | ---: | --- |',
    ...rows,
    ...(more > 0 ? ['', `… and ${more} more.`] : []),
  ].join('\n')
}

function cellsOf({ dataset, entry }: ProposedItem, isPublic: (bucket: string) => boolean) {
  const bucket = bucketOf(dataset)
  return {
    dataset: escapeMarkdown(dataset.fileName),
    version: entry === null ? '(all versions)' : entry.version,
    bucket: `${escapeMarkdown(bucket)} (${isPublic(bucket) ? 'public' : 'private'})`,
    size: entry?.bytes === undefined ? '' : formatBytes(entry.bytes),
  }
}

/** Indented code: no character in it can end it. */
function howToTry(items: readonly ProposedItem[], branch: string): string {
  const names = [...new Set(items.map(({ dataset }) => dataset.fileName))].slice(0, 5)
  const commands = names.map((name) => `    dm pull ${word(name)} --ref ${word(branch)}`)
  return ['To try it, with a key that reads staging:', '', ...commands].join('\n')
}

function word(text: string): string {
  return shellQuote(printableLine(text))
}
