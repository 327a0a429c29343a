import { DmError } from '../errors/dm-error.ts'
import { compareManifests, type ManifestChange, publicationFields } from './compare-manifests.ts'
import { brokenNameRule } from './dataset-name.ts'
import { formatField } from './json/json-path.ts'
import { isStagingKeyOf, objectKey } from './keys.ts'
import { bucketOf } from './lookup.ts'
import { versionNumber } from './versions.ts'
import { isMarked, isPending } from './status.ts'
import type { Dataset, Manifest, VersionEntry } from './types.ts'

/** A dataset as it was on the base before a pending entry came; a new one had no number. */
export interface Before {
  /** The highest number it had, what the entry replaces left out; 0: it was not there. */
  readonly highest: number
  /** Logical name of its bucket; null: it was not there. */
  readonly bucket: string | null
}

/** A pending entry in the manifest that proposes it, and what must be known of the base. */
export interface PendingChange {
  /** The manifest that has the entry. */
  readonly manifest: Manifest
  /** The entry's dataset in that manifest. */
  readonly dataset: Dataset
  readonly entry: VersionEntry
  readonly before: Before
  /** The highest number of the dataset that was given up; 0: none. */
  readonly retired: number
  /**
   * Whether these very bytes lie under the entry's key in its bucket: it was published before and
   * reverted in git, or its publication was interrupted. Its number is then its own.
   */
  readonly isThere: boolean
  /** Whether a bucket, by its logical name, is open to everybody. */
  readonly isPublic: (bucket: string) => boolean
}

type Rule = (change: PendingChange) => DmError | undefined

const rules: readonly Rule[] = [
  nameRule,
  bucketRule,
  datasetMarkRule,
  entryMarkRule,
  versionRule,
  contentRule,
  disclosureRule,
]

/**
 * What is illegal about a pending upload or rollback; empty for one that may be published.
 *
 * It is asked of proposals and again of what the base has when it is published: the base may have
 * moved in between.
 */
export function checkPendingEntry(change: PendingChange): DmError[] {
  return rules.flatMap((rule) => rule(change) ?? [])
}

function nameRule({ manifest, dataset, before, retired }: PendingChange): ReturnType<Rule> {
  const { fileName } = dataset
  const folded = fileName.toLowerCase()
  const same = manifest.datasets.filter((other) => other.fileName.toLowerCase() === folded)
  if (same.length > 1) {
    const reason = 'is that of another dataset too'
    return new DmError('DM_CHANGE_NAME', { dataset: fileName, reason })
  }
  const isNew = before.highest === 0 && retired === 0 && dataset.history.every(isPending)
  const reason = isNew ? brokenNameRule(fileName) : undefined
  return reason === undefined
    ? undefined
    : new DmError('DM_CHANGE_NAME', { dataset: fileName, reason })
}

function bucketRule({ dataset, before }: PendingChange): ReturnType<Rule> {
  const bucket = bucketOf(dataset)
  const established = before.bucket
  if (established === null || established === bucket) return undefined
  return new DmError('DM_CHANGE_BUCKET', { dataset: dataset.fileName, bucket, established })
}

function datasetMarkRule(change: PendingChange): ReturnType<Rule> {
  if (!isMarked(change.dataset)) return undefined
  return new DmError('DM_CHANGE_DATASET_MARKED', nameOf(change))
}

function entryMarkRule(change: PendingChange): ReturnType<Rule> {
  if (!isMarked(change.entry)) return undefined
  return new DmError('DM_CHANGE_ENTRY_MARKED', nameOf(change))
}

function versionRule(change: PendingChange): ReturnType<Rule> {
  const { dataset, entry, before, retired, isThere } = change
  if (isThere) return undefined
  const number = versionNumber(entry.version)
  const highest = Math.max(before.highest, retired)
  // Those that came together with it.
  const below = dataset.history.filter((other) => {
    const otherNumber = versionNumber(other.version)
    return otherNumber > highest && otherNumber < number
  })
  const expected = highest + 1 + below.length
  if (number === expected) return undefined
  return new DmError('DM_CHANGE_VERSION', { ...nameOf(change), expected: `v${expected}` })
}

function contentRule(change: PendingChange): ReturnType<Rule> {
  return change.entry.staging_key === undefined ? rollbackRule(change) : uploadRule(change)
}

function uploadRule(change: PendingChange): ReturnType<Rule> {
  const { dataset, entry } = change
  const { version, sha256, staging_key: staging = '' } = entry
  if (!isStagingKeyOf(staging, sha256)) {
    return new DmError('DM_CHANGE_STAGING_KEY', nameOf(change))
  }
  const key = objectKey(dataset, dataset.fileName, version, sha256)
  if (entry.r2_object_key === key) return undefined
  return new DmError('DM_CHANGE_KEY', { ...nameOf(change), key })
}

function rollbackRule(change: PendingChange): ReturnType<Rule> {
  const { dataset, entry } = change
  const isRestored = dataset.history.some(
    (other) =>
      !isPending(other) &&
      !isMarked(other) &&
      other.r2_object_key === entry.r2_object_key &&
      other.sha256 === entry.sha256,
  )
  return isRestored ? undefined : new DmError('DM_CHANGE_ROLLBACK', nameOf(change))
}

function disclosureRule(change: PendingChange): ReturnType<Rule> {
  const { manifest, dataset, entry, isPublic } = change
  const bucket = bucketOf(dataset)
  if (entry.disclose === true || !isPublic(bucket)) return undefined
  const other = findPrivate(manifest, entry.sha256, isPublic)
  if (other === undefined) return undefined
  return new DmError('DM_CHANGE_DISCLOSURE', { ...nameOf(change), private: other, bucket })
}

/** The name of a dataset in a private bucket that has a version, of any state, with these bytes. */
export function findPrivate(
  { datasets }: Manifest,
  sha256: string,
  isPublic: (bucket: string) => boolean,
): string | undefined {
  return datasets.find(
    (dataset) =>
      !isPublic(bucketOf(dataset)) && dataset.history.some((entry) => entry.sha256 === sha256),
  )?.fileName
}

function nameOf({ dataset, entry }: PendingChange): { dataset: string; version: string } {
  return { dataset: dataset.fileName, version: entry.version }
}

/**
 * What a proposal changes that only a publication may change, or nobody: published entries stay as
 * they are and stay there, but may be marked for deletion; a dataset keeps its bucket. What it
 * adds as pending is for `checkPendingEntry`.
 *
 * @param before the manifest of the base that the proposal is compared with
 */
export function checkPublished(before: Manifest, after: Manifest): DmError[] {
  return compareManifests(before, after).flatMap((change) => judge(change) ?? [])
}

function judge(change: ManifestChange): DmError | undefined {
  const dataset = change.dataset.fileName
  switch (change.kind) {
    case 'dataset-changed': {
      const established = bucketOf(change.before)
      const bucket = bucketOf(change.dataset)
      // Nothing but proposals has put it into its bucket.
      if (established === bucket || change.before.history.every(isPending)) return undefined
      return new DmError('DM_CHANGE_BUCKET', { dataset, bucket, established })
    }
    case 'entry-added':
      return isPending(change.entry) ? undefined : selfPublished(dataset, change.entry)
    case 'entry-published':
      return selfPublished(dataset, change.entry)
    case 'entry-changed':
      return judgeEntry(dataset, change)
    case 'entry-removed': {
      const { version } = change.entry
      if (isPending(change.entry)) return undefined
      return new DmError('DM_CHANGE_REMOVED', { dataset, version })
    }
    default:
      // Its entries are judged one by one.
      return undefined
  }
}

function selfPublished(dataset: string, { version }: VersionEntry): DmError {
  return new DmError('DM_CHANGE_SELF_PUBLISHED', { dataset, version })
}

function judgeEntry(
  dataset: string,
  {
    before,
    entry,
    fields,
  }: { before: VersionEntry; entry: VersionEntry; fields: readonly string[] },
): DmError | undefined {
  if (isPending(before)) return isPending(entry) ? undefined : selfPublished(dataset, entry)
  // A publication that is reverted in git: the entry is what it was before, and is published again.
  if (isPending(entry) && fields.every((field) => publicationFields.has(field))) return undefined
  const edited = fields.filter((field) => field !== 'status')
  if (edited.length === 0) return undefined
  const { version } = entry
  const names = edited.map(formatField).join(', ')
  return new DmError('DM_CHANGE_PUBLISHED', { dataset, version, fields: names })
}
