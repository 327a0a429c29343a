import { DmError } from '../errors/dm-error.ts'
import { hashObject } from '../store/read-object.ts'
import type { ObjectInfo, Store } from '../store/store.ts'
import type { Publication } from './publication.ts'

export interface PromotionOptions {
  readonly staging: Store
  /** The dataset's bucket. */
  readonly target: Store
  /** Further stamps of this data repository, from the days of other names. */
  readonly formerly: readonly string[]
  /** Whether a dataset of another bucket names this hash. */
  readonly isElsewhere: (sha256: string, bucket: string) => boolean
  /** Whether a published entry of the base, freshly fetched, names the publication's key. */
  readonly isNamed: () => Promise<boolean>
  readonly signal: AbortSignal
  /** Called with the bytes done of the current phase. */
  readonly onProgress: (done: number, total: number) => void
  /** Called with what the user should know. */
  readonly notice: (notice: DmError) => void
}

/**
 * Brings a publication's bytes to their place and proves them: the destination is read back and
 * hashed, whether it was copied now or by a run that was killed.
 *
 * @throws DM_STAGED_MISSING, DM_STAGED_BUCKET, DM_OBJECT_SIZE, DM_ROLLBACK_MISSING,
 *   DM_OBJECT_FOREIGN; DM_BYTES_DIFFER, and then what no published entry names is gone again, and so
 *   are wrong staged bytes
 */
export async function promote(publication: Publication, options: PromotionOptions): Promise<void> {
  const { dataset, version, key, sha256 } = publication
  const { target, signal, onProgress } = options
  const bytes = await bringThere(publication, options)
  const { sha256: found } = await hashObject(target, key, { bytes, signal, onProgress })
  if (found === sha256) return
  if (publication.kind === 'upload') await removeWrong(publication, options)
  throw new DmError('DM_BYTES_DIFFER', { dataset, version, expected: sha256, found })
}

/** Copies unless the object is there. Returns its size in bytes. */
async function bringThere(publication: Publication, options: PromotionOptions): Promise<number> {
  const { kind, key } = publication
  const { target, signal } = options
  if (publication.isThere) {
    const info = await target.head(key, { signal })
    if (info !== null) {
      // A rollback names an object that is published already, whoever put it there.
      if (kind === 'upload') verifyOwn(publication, info, options)
      return info.bytes
    }
  }
  if (publication.stagingKey === null) throw missingRollback(publication, target)
  return copyThere(publication, publication.stagingKey, options)
}

function verifyOwn(
  { dataset, version, key }: Publication,
  { repository }: ObjectInfo,
  { target, formerly }: PromotionOptions,
): void {
  if (repository === null || isOwnStamp(repository, target, formerly)) return
  const { location } = target
  throw new DmError('DM_OBJECT_FOREIGN', { dataset, version, location, key, owner: repository })
}

function isOwnStamp(stamp: string, { repository }: Store, formerly: readonly string[]): boolean {
  return stamp === repository || formerly.includes(stamp)
}

async function copyThere(
  publication: Publication,
  stagingKey: string,
  options: PromotionOptions,
): Promise<number> {
  const { key, sha256 } = publication
  const { staging, target, signal, onProgress } = options
  const copied = await target
    .copy(staging, stagingKey, key, {
      stamp: { sha256 },
      signal,
      onProgress,
      verifySource: (source) => verifyStaged(publication, source, options),
    })
    .catch(async (error: unknown) => {
      signal.throwIfAborted()
      const isGone = (await staging.head(stagingKey, { signal })) === null
      throw isGone ? missing(publication, staging) : error
    })
  // Somebody may have been faster.
  verifyOwn(publication, copied.info, options)
  return copied.info.bytes
}

/** Staged bytes go only into the bucket that they were staged for, and only at the size reviewed. */
function verifyStaged(
  publication: Publication,
  source: ObjectInfo,
  {
    staging,
    formerly,
    isElsewhere,
    notice,
  }: Pick<PromotionOptions, 'staging' | 'formerly' | 'isElsewhere' | 'notice'>,
): void {
  const { dataset, version, bucket, bytes, sha256 } = publication
  if (bytes !== null && bytes !== source.bytes) {
    throw new DmError('DM_OBJECT_SIZE', { dataset, version, bytes, found: source.bytes })
  }
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

/**
 * Wrong bytes would be in the way of the right ones for ever: in the place of the version, unless a
 * published entry names them, and in staging.
 */
async function removeWrong(
  { key, stagingKey, sha256 }: Publication,
  options: PromotionOptions,
): Promise<void> {
  const { staging, target, signal, formerly, isNamed } = options
  const info = await target.head(key, { signal })
  const stamp = info?.repository ?? null
  if (stamp !== null && isOwnStamp(stamp, target, formerly) && !(await isNamed())) {
    await target.remove(key, { signal })
  }
  if (stagingKey === null || (await staging.head(stagingKey, { signal })) === null) return
  const { sha256: found } = await hashObject(staging, stagingKey, { signal })
  if (found !== sha256) await staging.remove(stagingKey, { signal })
}

/**
 * What can be known of a promotion without changing anything.
 *
 * @throws DM_STAGED_MISSING, DM_STAGED_BUCKET, DM_OBJECT_SIZE, DM_ROLLBACK_MISSING
 */
export async function verifyPromotable(
  publication: Publication,
  options: PromotionOptions,
): Promise<void> {
  const { stagingKey } = publication
  const { staging, signal } = options
  const isStaged = !publication.isThere && stagingKey !== null
  const source = isStaged ? await staging.head(stagingKey, { signal }) : null
  verifySource(publication, source, options)
}

/** As `verifyPromotable`, of staged bytes that were looked at; null: there are none. */
export function verifySource(
  publication: Publication,
  source: ObjectInfo | null,
  options: Omit<PromotionOptions, 'isNamed' | 'signal' | 'onProgress'>,
): void {
  if (publication.isThere) return
  if (publication.stagingKey === null) throw missingRollback(publication, options.target)
  if (source === null) throw missing(publication, options.staging)
  verifyStaged(publication, source, options)
}

function missing({ dataset, version, stagingKey }: Publication, staging: Store): DmError {
  const { location } = staging
  return new DmError('DM_STAGED_MISSING', { dataset, version, location, key: stagingKey ?? '' })
}

function missingRollback({ dataset, version, key }: Publication, target: Store): DmError {
  return new DmError('DM_ROLLBACK_MISSING', { dataset, version, location: target.location, key })
}
