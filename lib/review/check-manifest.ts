import type { Retired } from '../base/read-retired.ts'
import { highestRetired } from '../base/read-retired.ts'
import { fieldProblem } from '../change/target.ts'
import type { FieldConfig } from '../config/types.ts'
import { DmError, isDmError, type Problem, toProblem } from '../errors/dm-error.ts'
import { compareManifests, type ManifestChange } from '../manifest/compare-manifests.ts'
import { formatField } from '../manifest/json/json-path.ts'
import { checkPendingEntry, checkPublished, type Before } from '../manifest/legal-changes.ts'
import { bucketOf, findDataset, findEntry } from '../manifest/lookup.ts'
import { mergeProposal } from '../manifest/merge-proposal.ts'
import { type ChangeKind, type ProposedItem, proposedItems } from '../manifest/proposed-items.ts'
import { objectId } from '../manifest/retired.ts'
import { isMarked, isPending, latestPublished, pendingEntries } from '../manifest/status.ts'
import type { Dataset, DatasetEntry, Manifest, VersionEntry } from '../manifest/types.ts'
import { highestNumber } from '../manifest/versions.ts'

export interface ManifestCheck {
  /** Where the proposal left the base. */
  readonly before: Manifest
  readonly after: Manifest
  /** The base as it is now. */
  readonly base: Manifest
  readonly retired: Retired
  /** The logical names of the buckets that the config has for datasets. */
  readonly buckets: readonly string[]
  readonly isPublic: (bucket: string) => boolean
  /** The fields that the config declares. */
  readonly fields: Readonly<Record<string, FieldConfig>>
  /** Whether the base ever had this version, just like this but for marks. */
  readonly wasThere: (item: DatasetEntry) => Promise<boolean>
  readonly now: Date
}

/** What a proposal asks for, and what is wrong with that. */
export interface CheckedManifest {
  readonly items: readonly ProposedItem[]
  readonly problems: readonly Problem[]
}

/** Holds what a proposal changes of the manifest against the table of legal changes. */
export async function checkManifest(check: ManifestCheck): Promise<CheckedManifest> {
  const { before, after } = check
  const changes = compareManifests(before, after)
  const items = proposedItems(changes)
  const reversals = items.filter(({ kind }) => kind === 'reversal')
  // Nobody publishes by a proposal, but what a publication has removed may come back.
  const restored = new Set<string>()
  for (const { dataset, entry } of reversals) {
    if (entry === null || isPending(entry)) continue
    if (await check.wasThere({ dataset, entry })) restored.add(idOf(dataset, entry))
  }
  const isRestored = (error: DmError): boolean =>
    isDmError(error, 'DM_CHANGE_SELF_PUBLISHED') &&
    restored.has(`${error.context.dataset}\0${error.context.version}`)
  const problems = [
    ...checkPublished(before, after)
      .filter((error) => !isRestored(error))
      .map(ofContext),
    ...changes.flatMap((change) => checkFields(change, changes, after)),
    ...checkKinds(items),
    ...checkPending(check, changes),
    ...(await Promise.all(reversals.map((item) => checkReversal(item, check)))).flat(),
  ]
  return { items, problems }
}

/** Every failure of the table names its dataset, and most their version. */
function ofContext(error: DmError): Problem {
  const { dataset = '', version = null } = error.context as {
    readonly dataset?: string
    readonly version?: string | null
  }
  return toProblem(error, { dataset, version })
}

/** Fields of a pending entry that a publication fills in. */
const written = ['compressedBytes', 'delta']

/** What only publications write: fields of a dataset besides marks, and some of an entry. */
function checkFields(
  change: ManifestChange,
  all: readonly ManifestChange[],
  after: Manifest,
): Problem[] {
  const dataset = change.dataset.fileName
  if (change.kind === 'entry-added' || change.kind === 'entry-changed') {
    const { entry } = change
    const found = isPending(entry) ? written.filter((field) => Object.hasOwn(entry, field)) : []
    return found.length === 0 ? [] : [toFieldProblem(dataset, entry.version, found)]
  }
  if (change.kind !== 'dataset-changed') return []
  const fields = change.fields.filter((field) => {
    if (field === 'status' || field === 'bucket') return false
    return field !== 'latestVersion' || !isLatestFollowing(change.dataset, all, after)
  })
  return fields.length === 0 ? [] : [toFieldProblem(dataset, null, fields)]
}

/** What is taken back may have been the latest, and the one before it is. */
function isLatestFollowing(
  dataset: Dataset,
  all: readonly ManifestChange[],
  after: Manifest,
): boolean {
  const { latestVersion, fileName } = dataset
  const own = all.filter((one) => one.dataset.fileName === fileName)
  const isTakenBack = own.some(
    (one) => one.kind === 'entry-removed' || (one.kind === 'entry-changed' && isPending(one.entry)),
  )
  const latest = findDataset(after, fileName) && latestPublished(dataset)?.version
  // What comes back may be the latest again where none is newer, with the mark by which it went, too.
  const isBack = own.some(
    (one) =>
      one.kind === 'entry-added' &&
      !isPending(one.entry) &&
      one.entry.version === latestVersion &&
      (latest === undefined || !isLower(one.entry, latest)),
  )
  if (isBack) return true
  return isTakenBack && (latestVersion === latest || latest === undefined)
}

function toFieldProblem(
  dataset: string,
  version: string | null,
  names: readonly string[],
): Problem {
  const fields = names.map(formatField).join(', ')
  const error = new DmError('DM_CHECK_FIELDS', { dataset, version, fields })
  return toProblem(error, { dataset, version })
}

function checkKinds(items: readonly ProposedItem[]): Problem[] {
  const byDataset = Map.groupBy(items, ({ dataset }) => dataset.fileName)
  return [...byDataset].flatMap(([dataset, own]) => {
    const kinds = [...new Set(own.map(({ kind }): ChangeKind => kind))]
    if (kinds.length < 2) return []
    const error = new DmError('DM_CHECK_KINDS', { dataset, kinds })
    return [toProblem(error, { dataset, version: null })]
  })
}

/** What would be pending on the base, and comes from this proposal or is touched by it. */
function checkPending(check: ManifestCheck, changes: readonly ManifestChange[]): Problem[] {
  const { before, after, base } = check
  const merged = mergeProposal(before, after, base)
  const own = new Set(
    changes.flatMap((one) =>
      'entry' in one && isPending(one.entry) ? [idOf(one.dataset, one.entry)] : [],
    ),
  )
  const marked = new Set(
    changes.flatMap((one) => {
      const item = one.kind === 'entry-changed' ? one.entry : one.dataset
      return isMarked(item) ? [one.dataset.fileName] : []
    }),
  )
  return pendingEntries(merged).flatMap((item) => {
    const { dataset, entry } = item
    const isOwn = own.has(idOf(dataset, entry))
    if (!isOwn && !marked.has(dataset.fileName)) return []
    return checkOne(item, merged, check, isOwn)
  })
}

function checkOne(
  { dataset, entry }: DatasetEntry,
  manifest: Manifest,
  { before, base, retired, buckets, isPublic, fields, now }: ManifestCheck,
  isOwn: boolean,
): Problem[] {
  const name = { dataset: dataset.fileName, version: entry.version }
  const former = findEntry(before, name.dataset, name.version)
  const isReversal = former !== undefined && !isPending(former)
  const bucket = bucketOf(dataset)
  const errors: DmError[] = buckets.includes(bucket)
    ? checkPendingEntry({
        manifest,
        dataset,
        entry,
        before: beforeOf(base, dataset, entry),
        retired: highestRetired(retired, name.dataset),
        // What was published lies there.
        isThere: isReversal,
        isPublic,
      })
    : [new DmError('DM_UNKNOWN_BUCKET', { bucket, known: buckets })]
  if (isOwn && !isReversal) {
    const timestamp = checkTimestamp(entry, now)
    if (timestamp !== null) {
      errors.push(
        new DmError('DM_CHECK_TIMESTAMP', {
          ...name,
          timestamp: entry.timestamp,
          reason: timestamp,
        }),
      )
    }
    errors.push(...checkContent(dataset, entry, bucket, retired))
    if (entry.staging_key !== undefined) errors.push(...checkDeclared(entry, fields, name.dataset))
  }
  return errors.map((error) => toProblem(error, name))
}

/** The dataset on the base as it is now, without what the entry takes the place of. */
function beforeOf(base: Manifest, { fileName }: Dataset, { version }: VersionEntry): Before {
  const now = findDataset(base, fileName)
  const rest = (now?.history ?? []).filter((one) => one.version !== version || !isPending(one))
  // Nothing but proposals has put it into its bucket.
  const isNew = rest.every(isPending)
  return {
    highest: highestNumber(rest.filter((one) => !isPending(one) || isLower(one, version))),
    bucket: now === undefined || isNew ? null : bucketOf(now),
  }
}

function isLower(one: VersionEntry, version: string): boolean {
  return Number(one.version.slice(1)) < Number(version.slice(1))
}

/** No value of a field is longer: patterns may take their time over it. */
const LONGEST_VALUE = 1000

/** What an upload says in the fields that the config declares; a rollback repeats what was said. */
function checkDeclared(
  entry: VersionEntry,
  fields: ManifestCheck['fields'],
  dataset: string,
): DmError[] {
  return Object.entries(fields).flatMap(([field, { optional, ...rule }]) => {
    const value = Object.hasOwn(entry, field) ? (entry[field] ?? null) : null
    if (value === null && optional === true) return []
    const isText = typeof value === 'string' && value.length <= LONGEST_VALUE
    if (isText && fieldProblem(field, rule, value) === null) return []
    const reason = value === null ? 'is not there' : 'has a value that it cannot have'
    const { version } = entry
    return [new DmError('DM_CHECK_FIELD_VALUE', { dataset, version, field, reason })]
  })
}

const DAY = 24 * 60 * 60 * 1000

/** What is wrong with it; null: nothing. Clocks differ, and a proposal may be open for long. */
function checkTimestamp({ timestamp }: VersionEntry, now: Date): string | null {
  const time = Date.parse(timestamp)
  // The 31st of a month that has 30 days becomes the 1st of the next.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(timestamp.slice(0, 10))) {
    return 'is no day of the calendar'
  }
  if (time > now.getTime() + DAY) return 'is in the future'
  return time < now.getTime() - 366 * DAY ? 'is more than a year ago' : null
}

function checkContent(
  dataset: Dataset,
  entry: VersionEntry,
  bucket: string,
  { list }: Retired,
): DmError[] {
  const { bytes, staging_key: staging, version, r2_object_key: key } = entry
  const name = { dataset: dataset.fileName, version }
  if (staging !== undefined) {
    // The predecessor of this program says no size, and knows no scopes.
    const isOld = staging.split('/').length === 2
    return bytes === undefined && !isOld ? [new DmError('DM_CHECK_BYTES', name)] : []
  }
  const id = objectId({ bucket, key })
  const isGivenUp = list?.objects.some((object) => objectId(object) === id) === true
  const restored = dataset.history.find((one) => !isPending(one) && one.r2_object_key === key)
  const found = restored?.bytes
  return [
    ...(isGivenUp ? [new DmError('DM_CHANGE_RETIRED', { ...name, key })] : []),
    ...(bytes !== undefined && found !== undefined && bytes !== found
      ? [new DmError('DM_OBJECT_SIZE', { ...name, bytes, found })]
      : []),
  ]
}

async function checkReversal(
  { dataset, entry }: ProposedItem,
  { wasThere }: ManifestCheck,
): Promise<Problem[]> {
  // What is published is looked at above.
  if (entry === null || !isPending(entry) || (await wasThere({ dataset, entry }))) return []
  const name = { dataset: dataset.fileName, version: entry.version }
  return [toProblem(new DmError('DM_CHECK_REVERSAL', name), name)]
}

function idOf({ fileName }: Dataset, { version }: VersionEntry): string {
  return `${fileName}\0${version}`
}
