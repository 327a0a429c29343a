import { DmError } from '../errors/dm-error.ts'
import { hashObject } from '../store/read-object.ts'
import type { Store } from '../store/store.ts'
import type { Publication } from './publication.ts'

export interface PromotionOptions {
  readonly staging: Store
  /** The dataset's bucket. */
  readonly target: Store
  /** `owner/name`, stamped on the object. */
  readonly repository: string
  readonly signal?: AbortSignal | undefined
  /** Called with the bytes done of the current phase. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Brings a publication's bytes to their place and proves them: the destination is read back and
 * hashed, whether it was copied now or by a run that was killed.
 *
 * @throws DM_STAGED_MISSING, DM_ROLLBACK_MISSING, DM_OBJECT_FOREIGN; DM_BYTES_DIFFER, and then an
 *   object of ours that no published entry names is gone again, and so are wrong staged bytes
 */
export async function promote(publication: Publication, options: PromotionOptions): Promise<void> {
  const { dataset, version, key, sha256 } = publication
  const { target, repository, signal, onProgress } = options
  await bringThere(publication, options)
  const { sha256: found } = await hashObject(target, key, { signal, onProgress })
  if (found === sha256) return
  const info = await target.head(key, { signal })
  const isOurs = publication.kind === 'upload' && info?.repository === repository
  if (isOurs) await target.remove(key)
  await removeWrongStaged(publication, options)
  throw new DmError('DM_BYTES_DIFFER', { dataset, version, expected: sha256, found })
}

/** Copies unless the object is there; also where it only lacks our stamp, which a copy adds. */
async function bringThere(publication: Publication, options: PromotionOptions): Promise<void> {
  const { kind, dataset, version, key } = publication
  const { target, repository, signal } = options
  const info = await target.head(key, { signal })
  const owner = info?.repository ?? repository
  // A rollback names an object that is published already; the repository may have been renamed since.
  if (kind === 'upload' && owner !== repository) {
    const { location } = target
    throw new DmError('DM_OBJECT_FOREIGN', { dataset, version, location, key, owner })
  }
  if (info !== null && info.sha256 !== null) return
  try {
    await copyThere(publication, options)
  } catch (error) {
    signal?.throwIfAborted()
    // Another publication was faster, or there is nothing to add the stamp from.
    if ((await target.head(key, { signal })) === null) throw error
  }
}

/** A staged object is named by its hash: one with other bytes would be in the way for ever. */
async function removeWrongStaged(
  { stagingKey, sha256 }: Publication,
  { staging, signal }: PromotionOptions,
): Promise<void> {
  if (stagingKey === null || (await staging.head(stagingKey, { signal })) === null) return
  const { sha256: found } = await hashObject(staging, stagingKey, { signal })
  if (found !== sha256) await staging.remove(stagingKey)
}

/**
 * What can be known of a promotion without changing anything.
 *
 * @throws DM_STAGED_MISSING, DM_ROLLBACK_MISSING
 */
export async function checkPromotion(
  publication: Publication,
  { staging, target, signal }: PromotionOptions,
): Promise<void> {
  if ((await target.head(publication.key, { signal })) !== null) return
  const { stagingKey } = publication
  if (stagingKey === null) throw missingRollback(publication, target)
  if ((await staging.head(stagingKey, { signal })) === null) throw missing(publication, staging)
}

async function copyThere(publication: Publication, options: PromotionOptions): Promise<void> {
  const { stagingKey, key, sha256 } = publication
  const { staging, target, signal, onProgress } = options
  if (stagingKey === null) return checkPromotion(publication, options)
  if ((await staging.head(stagingKey, { signal })) === null) throw missing(publication, staging)
  const stamp = { sha256 }
  await target.copy(staging, stagingKey, key, { stamp, signal, onProgress })
}

function missing({ dataset, version, stagingKey }: Publication, staging: Store): DmError {
  const { location } = staging
  return new DmError('DM_STAGED_MISSING', { dataset, version, location, key: stagingKey ?? '' })
}

function missingRollback({ dataset, version, key }: Publication, target: Store): DmError {
  return new DmError('DM_ROLLBACK_MISSING', { dataset, version, location: target.location, key })
}
