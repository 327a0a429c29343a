import { DmError } from '../errors/dm-error.ts'
import { parseStagingKey } from '../manifest/keys.ts'
import type { ObjectInfo, ReadableStore, Store } from '../store/store.ts'
import type { DeltaBase, Publication } from './publication.ts'

/** What waits in staging in another form than whole. */
export interface StagedForm {
  readonly publication: Publication
  readonly form: 'compressed' | 'delta'
  readonly info: ObjectInfo
  /** Size of the database in bytes. */
  readonly bytes: number
  /** Of a delta. */
  readonly base: DeltaBase | null
}

export interface StagedOptions {
  readonly staging: Store
  /** Further stamps of this data repository, from the days of other names. */
  readonly formerly: readonly string[]
  /** Whether a dataset of another bucket names this hash. */
  readonly isElsewhere: (sha256: string, bucket: string) => boolean
  /** Called with what the user should know. */
  readonly notice: (notice: DmError) => void
}

/**
 * Sees that what was found in staging is for this publication: for its bucket, of the size that was
 * reviewed, or a form of it.
 *
 * @throws DM_STAGED_BUCKET, DM_OBJECT_SIZE, DM_FORM_BROKEN
 */
export function verifyStaged(
  publication: Publication,
  source: ObjectInfo,
  { staging, formerly, isElsewhere, notice }: StagedOptions,
): void {
  const { dataset, version, bucket, sha256 } = publication
  verifySize(publication, source)
  // The predecessor of this program said nothing of the bucket.
  const isForBucket =
    source.bucket === null ? !isElsewhere(sha256, bucket) : source.bucket === bucket
  if (!isForBucket) {
    throw new DmError('DM_STAGED_BUCKET', { dataset, version, bucket, meant: source.bucket })
  }
  if (source.repository === null || isOwnStamp(source.repository, staging, formerly)) return
  notice(
    new DmError('DM_STAGED_FOREIGN', {
      dataset,
      version,
      owner: source.repository,
      repository: staging.repository,
    }),
  )
}

function verifySize(publication: Publication, source: ObjectInfo): void {
  const { dataset, version, bytes, sha256 } = publication
  const form = formOf(publication)
  if (form === 'whole') {
    if (bytes === null || bytes === source.bytes) return
    throw new DmError('DM_OBJECT_SIZE', { dataset, version, bytes, found: source.bytes })
  }
  const { key, content } = source
  if (content === null || content === sha256) return
  const problem = `its stamp says that it is a form of ${content}, not of ${sha256}`
  throw new DmError('DM_FORM_BROKEN', { form, key, problem })
}

/**
 * What can be known of staged bytes without reading them.
 *
 * @param source what was found in staging; null: there is nothing
 * @throws DM_STAGED_MISSING, DM_STAGED_BUCKET, DM_STAGED_BASE, DM_OBJECT_SIZE, DM_FORM_BROKEN,
 *   DM_ROLLBACK_MISSING
 */
export function verifySource(
  publication: Publication,
  source: ObjectInfo | null,
  options: StagedOptions & { readonly target: ReadableStore },
): void {
  if (publication.isThere) return
  if (publication.stagingKey === null) throw missingRollback(publication, options.target)
  if (source === null) throw missingStaged(publication, options.staging)
  verifyStaged(publication, source, options)
  if (formOf(publication) !== 'whole') toStagedForm(publication, source)
}

/** How the bytes of an upload wait. */
export function formOf({ stagingKey }: Publication): 'whole' | 'compressed' | 'delta' {
  return parseStagingKey(stagingKey ?? '')?.form ?? 'whole'
}

/**
 * A staged object that is no whole database, with what is needed to rebuild it.
 *
 * @throws DM_STAGED_BASE, DM_FORM_BROKEN
 */
export function toStagedForm(publication: Publication, info: ObjectInfo): StagedForm {
  const { dataset, version, bytes, stagingKey, base } = publication
  const { form, base: wanted } = parseStagingKey(stagingKey ?? '') ?? {}
  if (form !== 'compressed' && form !== 'delta') throw new TypeError(`${stagingKey} is no form`)
  if (bytes === null) {
    const problem = 'its entry does not say how many bytes the database has'
    throw new DmError('DM_FORM_BROKEN', { form, key: info.key, problem })
  }
  if (wanted === undefined) return { publication, form, info, bytes, base: null }
  if (base === null) throw new DmError('DM_STAGED_BASE', { dataset, version, base: wanted })
  return { publication, form, info, bytes, base }
}

export function missingStaged(
  { dataset, version, stagingKey }: Publication,
  { location }: Store,
): DmError {
  return new DmError('DM_STAGED_MISSING', { dataset, version, location, key: stagingKey ?? '' })
}

export function missingRollback(
  { dataset, version, key }: Publication,
  { location }: ReadableStore,
): DmError {
  return new DmError('DM_ROLLBACK_MISSING', { dataset, version, location, key })
}

/** Whether a stamp is that of the data repository, now or formerly. */
export function isOwnStamp(
  stamp: string,
  { repository }: Store,
  formerly: readonly string[],
): boolean {
  return stamp === repository || formerly.includes(stamp)
}
