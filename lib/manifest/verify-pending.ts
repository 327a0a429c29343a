import { bucketOf } from './bucket-of.ts'
import type { ChangeCode, ChangeProblem } from './change-problem.ts'
import { brokenNameRule } from './dataset-name-rule.ts'
import { isMarked } from './is-marked.ts'
import { isPending } from './is-pending.ts'
import { objectKey } from './object-key.ts'
import { stagingKey } from './staging-key.ts'
import type { Dataset, Manifest, VersionEntry, VersionName } from './types.ts'
import { versionNumber } from './version-number.ts'

/** A pending entry in the manifest that proposes it, and what the base's history says. */
export interface PendingChange {
  /** The manifest that has the entry. */
  readonly manifest: Manifest
  /** The entry's dataset in that manifest. */
  readonly dataset: Dataset
  readonly entry: VersionEntry
  /**
   * The highest version number that the dataset had at any time on the base before the entry came:
   * for a proposal, all of the base's history; for an entry on the base, the history before the
   * commit that brought it. 0: the dataset is new. Entries that came together are counted here.
   */
  readonly highestEver: number
  /** The versions that were published at any time in the base's history. */
  readonly everPublished: ReadonlySet<VersionName>
  /** The bucket that the dataset had in the base's history; null where it is new. */
  readonly establishedBucket: string | null
}

type Rule = (change: PendingChange) => readonly [ChangeCode, string] | undefined

const rules: readonly Rule[] = [
  nameRule,
  bucketRule,
  datasetMarkRule,
  entryMarkRule,
  revertRule,
  versionRule,
  contentRule,
]

/**
 * What is illegal about a pending upload or rollback; empty for one that may be published.
 *
 * It is asked of proposals and again of what the base has when it is published: the base may have
 * moved in between.
 */
export function checkPendingEntry(change: PendingChange): ChangeProblem[] {
  return rules.flatMap((rule) => {
    const problem = rule(change)
    if (problem === undefined) return []
    const [code, message] = problem
    return [{ code, dataset: change.dataset.fileName, version: change.entry.version, message }]
  })
}

function nameRule({ manifest, dataset, highestEver }: PendingChange): ReturnType<Rule> {
  const { fileName } = dataset
  const folded = fileName.toLowerCase()
  const same = manifest.datasets.filter((other) => other.fileName.toLowerCase() === folded)
  if (same.length > 1) return ['DM_CHANGE_NAME', `another dataset has the name '${fileName}'`]
  const isNew = highestEver === 0 && dataset.history.every(isPending)
  const broken = isNew ? brokenNameRule(fileName) : undefined
  return broken === undefined ? undefined : ['DM_CHANGE_NAME', `the name '${fileName}' ${broken}`]
}

function bucketRule({ dataset, establishedBucket }: PendingChange): ReturnType<Rule> {
  const bucket = bucketOf(dataset)
  if (establishedBucket === null || establishedBucket === bucket) return undefined
  const message = `the dataset is in the bucket '${establishedBucket}' and cannot move to '${bucket}'`
  return ['DM_CHANGE_BUCKET', message]
}

function datasetMarkRule({ dataset }: PendingChange): ReturnType<Rule> {
  if (!isMarked(dataset)) return undefined
  const message = 'the dataset is marked for deletion and takes no new versions: take back the mark'
  return ['DM_CHANGE_DATASET_MARKED', message]
}

function entryMarkRule({ entry }: PendingChange): ReturnType<Rule> {
  if (!isMarked(entry)) return undefined
  const message = 'a pending version is taken back by removing its entry, not marked for deletion'
  return ['DM_CHANGE_ENTRY_MARKED', message]
}

function revertRule({ entry, everPublished }: PendingChange): ReturnType<Rule> {
  if (!everPublished.has(entry.version)) return undefined
  const message = `${entry.version} was published before, and reverting that in git does not take it back: restore it by a rollback, a new version with its key and hash`
  return ['DM_CHANGE_REVERTED', message]
}

function versionRule({
  dataset,
  entry,
  highestEver,
  everPublished,
}: PendingChange): ReturnType<Rule> {
  if (everPublished.has(entry.version)) return undefined
  const number = versionNumber(entry.version)
  const below = dataset.history.filter((other) => {
    const otherNumber = versionNumber(other.version)
    return isPending(other) && otherNumber > highestEver && otherNumber < number
  })
  const expected = highestEver + 1 + below.length
  if (number === expected) return undefined
  const message = `the number must be v${expected}, one above the highest that the dataset ever had: take the entry back and prepare the file again`
  return ['DM_CHANGE_VERSION', message]
}

function contentRule(change: PendingChange): ReturnType<Rule> {
  return change.entry.staging_key === undefined ? rollbackRule(change) : uploadRule(change)
}

function uploadRule({ dataset, entry }: PendingChange): ReturnType<Rule> {
  const { version, sha256 } = entry
  const staging = stagingKey(sha256)
  if (entry.staging_key !== staging) {
    return ['DM_CHANGE_STAGING_KEY', `the staging key must be '${staging}'`]
  }
  const key = objectKey(dataset, dataset.fileName, version, sha256)
  if (entry.r2_object_key === key) return undefined
  return ['DM_CHANGE_KEY', `the object key must be '${key}'`]
}

function rollbackRule({ dataset, entry }: PendingChange): ReturnType<Rule> {
  const restored = dataset.history.find(
    (other) =>
      !isPending(other) &&
      !isMarked(other) &&
      other.r2_object_key === entry.r2_object_key &&
      other.sha256 === entry.sha256,
  )
  if (restored !== undefined) return undefined
  const message =
    'without a staging key it is a rollback, and then its key and hash must be those of a published version of the dataset that is not marked for deletion'
  return ['DM_CHANGE_ROLLBACK', message]
}
