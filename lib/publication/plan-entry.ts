import {
  type BaseHistory,
  findOrigin,
  type HistoryState,
  highestEver,
} from '../base/base-history.ts'
import { shortHash } from '../git/short-hash.ts'
import { bucketOf } from '../manifest/bucket-of.ts'
import { isPending, PENDING } from '../manifest/is-pending.ts'
import type { Dataset, DatasetEntry, Manifest, VersionEntry } from '../manifest/types.ts'
import { checkPendingEntry } from '../manifest/verify-pending.ts'
import { versionNumber } from '../manifest/version-number.ts'
import type { Publication, Rejection } from './publication.ts'

/** A pending entry's publication, or why it cannot be published. */
export interface EntryPlan {
  readonly publication?: Publication
  readonly rejections: readonly Rejection[]
}

/** Plans one pending entry of the base's manifest. */
export function planEntry(
  manifest: Manifest,
  { dataset, entry }: DatasetEntry,
  history: BaseHistory,
  buckets: readonly string[],
): EntryPlan {
  const name = dataset.fileName
  const bucket = bucketOf(dataset)
  if (!buckets.includes(bucket)) {
    const message = `the bucket '${bucket}' is not one that the config has for datasets: ${buckets.join(', ')}`
    return reject(name, entry.version, 'DM_UNKNOWN_BUCKET', message)
  }
  const origin = findOrigin(history, name, versionNumber(entry.version), entry.sha256)
  const before = origin === undefined ? history : history.slice(history.indexOf(origin) + 1)
  const rejections = checkPendingEntry({
    manifest,
    dataset,
    entry,
    highestEver: Math.max(highestEver(before, name), highestPublishedBelow(dataset, entry)),
    everPublished: publishedVersions(history, name),
    establishedBucket: bucketIn(before, name),
  })
  if (rejections.length > 0 || origin === undefined) return { rejections }
  const publication: Publication = {
    kind: entry.staging_key === undefined ? 'rollback' : 'upload',
    dataset: name,
    version: entry.version,
    bucket,
    key: entry.r2_object_key,
    sha256: entry.sha256,
    stagingKey: entry.staging_key ?? null,
    commit: shortHash(origin.commit),
    description: describe(entry, origin),
  }
  return { publication, rejections: [] }
}

/** What the author wrote; else the subject of the commit, of a merge commit that of what it merged. */
function describe({ description }: VersionEntry, origin: HistoryState): string {
  if (typeof description === 'string' && description !== PENDING) return description
  return origin.mergedSubject ?? origin.subject
}

/**
 * Published versions may have come by the same commit: a manifest that was brought along from
 * elsewhere, or a version that was published before the one above it could be.
 */
function highestPublishedBelow({ history }: Dataset, entry: VersionEntry): number {
  const numbers = history
    .filter((other) => !isPending(other))
    .map((other) => versionNumber(other.version))
  const below = numbers.filter((number) => number < versionNumber(entry.version))
  return below.reduce((highest, number) => Math.max(highest, number), 0)
}

function publishedVersions(history: BaseHistory, dataset: string): Set<string> {
  const published = history.flatMap(({ entries }) =>
    entries.filter((entry) => entry.dataset === dataset && !entry.pending),
  )
  return new Set(published.map(({ number }) => `v${number}`))
}

/** The bucket that a dataset had in the newest of these states that has it; null: in none. */
function bucketIn(history: BaseHistory, dataset: string): string | null {
  for (const { entries } of history) {
    const entry = entries.find((candidate) => candidate.dataset === dataset)
    if (entry !== undefined) return entry.bucket
  }
  return null
}

function reject(dataset: string, version: string, code: string, message: string): EntryPlan {
  return { rejections: [{ dataset, version, code, message }] }
}
