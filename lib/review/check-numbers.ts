import { pastStatesHere } from '../base/history.ts'
import type { Retired } from '../base/read-retired.ts'
import { DmError, isDmError, type Problem, toProblem } from '../errors/dm-error.ts'
import type { Repository } from '../git/repository.ts'
import { bucketOf } from '../manifest/lookup.ts'
import type { ProposedItem } from '../manifest/proposed-items.ts'
import { isUnderNumberOf } from '../manifest/retire.ts'
import { objectId } from '../manifest/retired.ts'
import { isPending } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry } from '../manifest/types.ts'
import { versionNumber } from '../manifest/versions.ts'
import { REFUSALS, type Stores } from '../store/open-stores.ts'

/** So much of the past is read, in bytes: a check is to be quick, and publishing looks again. */
const READ_AT_MOST = 64 * 1024 ** 2

export interface NumbersCheck {
  readonly items: readonly ProposedItem[]
  readonly repository: Repository
  /** The tip of the base, and the manifest there. */
  readonly commit: string
  readonly base: Manifest
  readonly retired: Retired
  /** Of the manifest, relative to the data repository. */
  readonly path: string
  readonly stores: Pick<Stores, 'openForReading'>
  readonly signal: AbortSignal
}

/**
 * What is proposed under a number that the dataset had published with other bytes, which are still in its bucket:
 * publishing refuses it.
 *
 * @returns `notices`: the same of those where nobody may look
 */
export async function checkNumbers(
  check: NumbersCheck,
): Promise<{ readonly problems: readonly Problem[]; readonly notices: readonly DmError[] }> {
  const { items, base, retired, signal } = check
  const uploads = items.flatMap(({ dataset, entry }) =>
    entry !== null && isPending(entry) && entry.staging_key !== undefined
      ? [{ dataset, entry }]
      : [],
  )
  const problems: Problem[] = []
  const notices: DmError[] = []
  if (uploads.length === 0) return { problems, notices }
  const named = base.datasets.flatMap((dataset) =>
    dataset.history.map(({ r2_object_key: key }) => ({ bucket: bucketOf(dataset), key })),
  )
  // What entries name is theirs, and what is on the list has had its number kept.
  const accounted = new Set([...named, ...(retired.list?.objects ?? [])].map(objectId))
  const former = await findFormer(uploads, check)
  for (const { dataset, entry } of uploads) {
    const bucket = bucketOf(dataset)
    const name = { dataset: dataset.fileName, version: entry.version }
    for (const key of former(dataset, entry)) {
      if (accounted.has(objectId({ bucket, key }))) continue
      const error = new DmError('DM_CHANGE_NUMBER_USED', { ...name, key })
      const found = await isThere(check, bucket, key)
      signal.throwIfAborted()
      if (found === true) problems.push(toProblem(error, name))
      else if (found === null) notices.push(error)
    }
  }
  return { problems, notices }
}

/** The keys of what the base had published under the number of an entry, with other bytes. */
async function findFormer(
  uploads: readonly { readonly dataset: Dataset }[],
  { repository, commit, base, path, signal }: NumbersCheck,
): Promise<(dataset: Dataset, entry: VersionEntry) => string[]> {
  const only = new Set(uploads.map(({ dataset }) => dataset.fileName))
  const keys = new Map<string, Set<string>>()
  const tip = { commit, manifest: base }
  const options = { only, signal, atMost: READ_AT_MOST }
  for await (const { entries } of pastStatesHere(repository, tip, path, options)) {
    for (const { dataset, number, key, pending } of entries ?? []) {
      if (pending) continue
      const id = `${dataset}\0${number}`
      keys.set(id, (keys.get(id) ?? new Set()).add(key))
    }
  }
  return ({ fileName }, entry) =>
    [...(keys.get(`${fileName}\0${versionNumber(entry.version)}`) ?? [])].filter((key) =>
      isUnderNumberOf(entry, key),
    )
}

/** Whether an object is in a bucket; null: nobody may look. */
async function isThere(
  { stores, signal }: NumbersCheck,
  bucket: string,
  key: string,
): Promise<boolean | null> {
  try {
    return (await stores.openForReading(bucket).head(key, { signal })) !== null
  } catch (error) {
    if (isDmError(error) && (REFUSALS.has(error.code) || error.code === 'DM_UNKNOWN_BUCKET'))
      return null
    throw error
  }
}
