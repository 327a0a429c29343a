import type { ResolvedBucket } from '../config/types.ts'
import { formatBytes } from '../format/units.ts'
import { escapeMarkdown } from '../format/text.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { byVersionDescending } from '../manifest/versions.ts'
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

/**
 * The page of all published versions, as Markdown: of each its size, hash and description and, in a
 * public bucket, where it can be downloaded. Nothing of what is in a database is on it.
 */
export function formatDatasetPage({ datasets }: Manifest, buckets: Buckets): string {
  const sections = datasets
    .filter(({ history }) => history.some((entry) => !isPending(entry)))
    .toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1))
    .map((dataset) => section(dataset, buckets))
  return [marker, '# Datasets', ...sections].join('\n\n') + '\n'
}

function section(dataset: Dataset, buckets: Buckets): string {
  const bucket = bucketOf(dataset)
  const url = Object.hasOwn(buckets, bucket) ? (buckets[bucket]?.url ?? null) : null
  const rows = dataset.history
    .filter((entry) => !isPending(entry))
    .toSorted(byVersionDescending)
    .map((entry) => rowOf(entry, url))
  const table = [row(heading), row(heading.map(() => '---')), ...rows]
  return [`## ${escapeMarkdown(dataset.fileName)}`, table.join('\n')].join('\n\n')
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

/** Every character with a meaning in Markdown is encoded as well. */
function downloadUrl(url: string, key: string): string {
  if (/^[\w./-]*$/.test(key)) return url + key
  const path = key.split('/').map(encodeURIComponent).join('/')
  return `${url}${path.replaceAll(/[()'!*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)}`
}
