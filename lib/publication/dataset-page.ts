import { createHash } from 'node:crypto'
import path from 'node:path'
import type { ResolvedBucket } from '../config/types.ts'
import { formatBytes } from '../format/units.ts'
import { escapeMarkdown } from '../format/text.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { byVersionDescending, versionNumber } from '../manifest/versions.ts'
import { isPending } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry } from '../manifest/types.ts'

type Buckets = Readonly<Record<string, Pick<ResolvedBucket, 'url'>>>

const heading = ['Version', 'Prepared', 'Size', 'SHA-256', 'Description', 'Download']

// What a page begins with that `publish` may rewrite. The second is that of version 0.1.0.
const marker = '<!-- Written by `dm publish` from the manifest; changes by hand are lost. -->'
const beginnings = [
  marker,
  '# Datasets\n\nWritten by `dm publish` from the manifest; changes by hand are lost.\n',
]

/** Whether a page may be rewritten: one that `publish` wrote, or an empty one; never anybody's work. */
export function isOwnPage(page: Buffer): boolean {
  const isOurs = beginnings.some((beginning) =>
    page.subarray(0, beginning.length).equals(Buffer.from(beginning)),
  )
  return isOurs || page.toString().trim() === ''
}

/** How many versions of a dataset a page of older ones holds. */
const PER_PAGE = 50

/** A page of published versions. */
export interface DatasetPage {
  /** Relative to the data repository. */
  readonly path: string
  readonly format: () => string
}

/** A page of older versions of one dataset. */
export interface OlderPage extends DatasetPage {
  readonly dataset: string
  /** Numbers of versions, inclusive. */
  readonly first: number
  readonly last: number
}

/**
 * The pages of all published versions, as Markdown: of each its size, hash and description and, in a
 * public bucket, where it can be downloaded. Nothing of what is in a database is on them.
 *
 * The newest versions of every dataset are on `page`; older ones in a folder beside it, so
 * many on a page that it can be looked at, and that a publication writes what it changes, not all that
 * ever was.
 */
export function planDatasetPages(
  { datasets }: Manifest,
  buckets: Buckets,
  page: string,
): { newest: DatasetPage; older: readonly OlderPage[] } {
  const shown = datasets
    .filter(({ history }) => history.some((entry) => !isPending(entry)))
    .toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1))
    .map((dataset) => ({ dataset, cuts: cutHistory(dataset) }))
  const older = shown.flatMap(({ dataset, cuts: [, ...cuts] }) =>
    cuts.map((cut) => olderPage(dataset, cut, page, buckets)),
  )
  const pagesOf = Map.groupBy(older, ({ dataset }) => dataset)
  const format = (): string => {
    const sections = shown.map(({ dataset, cuts: [newest] }) => {
      const title = `## ${escapeMarkdown(dataset.fileName)}\n\n`
      const links = (pagesOf.get(dataset.fileName) ?? []).map(
        ({ first, last, path: to }) => `[v${first} to v${last}](${linkBetween(page, to)})`,
      )
      const below = links.length === 0 ? '' : `\n\nOlder versions: ${links.join(', ')}`
      return title + tableOf(newest.entries, dataset, buckets) + below
    })
    return [marker, '# Datasets', ...sections].join('\n\n') + '\n'
  }
  return { newest: { path: page, format }, older }
}

/** The folder of the pages of older versions, beside the page of the newest. */
export function olderPagesFolder(page: string): string {
  return `${page.replace(/\.(?:md|markdown)$/i, '')}-older`
}

interface Cut {
  readonly first: number
  readonly last: number
  /** The newest first; some numbers may be gone. */
  readonly entries: readonly VersionEntry[]
}

/**
 * The newest versions, at least as many as a page holds, then the older ones by fixed ranges of their
 * numbers: a page of those stays as it is when others are published.
 */
function cutHistory({ history }: Dataset): [Cut, ...Cut[]] {
  const published = history.filter((entry) => !isPending(entry)).toSorted(byVersionDescending)
  const rangeOf = ({ version }: VersionEntry): number =>
    Math.floor((versionNumber(version) - 1) / PER_PAGE)
  const current = published[0] === undefined ? 0 : rangeOf(published[0])
  const ranges = Map.groupBy(published, (entry) => Math.min(rangeOf(entry), current - 1))
  const [newest, ...older] = [...ranges].map(([range, entries]): Cut => {
    return { first: range * PER_PAGE + 1, last: (range + 1) * PER_PAGE, entries }
  })
  return [newest ?? { first: 1, last: PER_PAGE, entries: [] }, ...older]
}

function olderPage(
  dataset: Dataset,
  { first, last, entries }: Cut,
  newest: string,
  buckets: Buckets,
): OlderPage {
  const { fileName } = dataset
  const file = `${olderPagesFolder(newest)}/${fileStem(fileName)}-v${first}-to-v${last}.md`
  const title = `# ${escapeMarkdown(fileName)}, v${first} to v${last}`
  const back = `[All datasets](${linkBetween(file, newest)})`
  const format = (): string =>
    [marker, title, tableOf(entries, dataset, buckets), back].join('\n\n') + '\n'
  return { path: file, dataset: fileName, first, last, format }
}

/** A name of a file for a dataset of any name that a manifest may have; others have another. */
function fileStem(name: string): string {
  const stem = name.replace(/\.sqlite$/, '')
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(stem)) return stem
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${stem.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 80)}-${hash}`
}

function linkBetween(from: string, to: string): string {
  return encodeUrlPath(path.posix.relative(path.posix.dirname(from), to))
}

function tableOf(entries: readonly VersionEntry[], dataset: Dataset, buckets: Buckets): string {
  const bucket = bucketOf(dataset)
  const url = Object.hasOwn(buckets, bucket) ? (buckets[bucket]?.url ?? null) : null
  const rows = entries.map((entry) => rowOf(entry, url))
  return [row(heading), row(heading.map(() => '---')), ...rows].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function rowOf(entry: VersionEntry, url: string | null): string {
  const { version, timestamp, bytes, sha256, description, r2_object_key: key } = entry
  return row([
    version,
    escapeMarkdown(timestamp.slice(0, 10)),
    bytes === undefined ? '' : formatBytes(bytes),
    `\`${sha256}\``,
    escapeMarkdown(description ?? ''),
    url === null ? 'private' : `[${version}](${downloadUrl(url, key)})`,
  ])
}

function downloadUrl(url: string, key: string): string {
  return /^[\w./-]*$/.test(key) ? url + key : url + encodeUrlPath(key)
}

/** Every character with a meaning in Markdown is encoded as well. */
function encodeUrlPath(key: string): string {
  const encoded = key.split('/').map(encodeURIComponent).join('/')
  return encoded.replaceAll(/[()'!*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
}
