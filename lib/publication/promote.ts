import { DmError } from '../errors/dm-error.ts'
import { hashObject } from '../store/read-object.ts'
import type { ObjectInfo } from '../store/store.ts'
import { type FormOptions, isStagedWrong, makeGood, putRebuilt } from './promote-form.ts'
import type { Companions, Publication } from './publication.ts'
import {
  formOf,
  isOwnStamp,
  missingRollback,
  missingStaged,
  verifySource,
  verifyStaged,
} from './staged.ts'

export interface PromotionOptions extends FormOptions {
  /** Whether a published entry of the base, freshly fetched, names the publication's key. */
  readonly isNamed: () => Promise<boolean>
}

/**
 * Brings a publication's bytes to their place and proves them. What is staged whole is copied inside the
 * store and read back, whether it was copied now or by a run that was killed; what is staged in another
 * form is rebuilt, and becomes an object only if it has the right hash. The form itself is kept beside it.
 *
 * @returns what lies beside it
 * @throws DM_STAGED_MISSING, DM_STAGED_BUCKET, DM_STAGED_BASE, DM_OBJECT_SIZE, DM_ROLLBACK_MISSING,
 *   DM_OBJECT_FOREIGN; DM_BYTES_DIFFER, DM_FORM_BROKEN, and then what no published entry names is gone
 *   again, and so are wrong staged bytes; DM_OBJECT_HASH where the base of a delta is damaged
 */
export async function promote(
  publication: Publication,
  options: PromotionOptions,
): Promise<Companions> {
  const { kind, key } = publication
  const { target, signal } = options
  const there = publication.isThere ? await target.head(key, { signal }) : null
  if (there !== null) {
    // A rollback names an object that is published already, whoever put it there.
    if (kind === 'upload') verifyOwn(publication, there, options)
    await proveThere(publication, there.bytes, options)
    return makeGood(publication, options)
  }
  if (publication.stagingKey === null) throw missingRollback(publication, target)
  if (formOf(publication) === 'whole') {
    const bytes = await copyThere(publication, publication.stagingKey, options)
    await proveThere(publication, bytes, options)
    return {}
  }
  const { info, companions } = await putRebuilt(publication, options)
  // Somebody may have been faster.
  verifyOwn(publication, info, options)
  if (companions !== null) return companions
  await proveThere(publication, info.bytes, options)
  return makeGood(publication, options)
}

/** Reads the destination back. */
async function proveThere(
  publication: Publication,
  bytes: number,
  options: PromotionOptions,
): Promise<void> {
  const { dataset, version, key, sha256 } = publication
  const { target, signal, onProgress } = options
  const { sha256: found } = await hashObject(target, key, { bytes, signal, onProgress })
  if (found === sha256) return
  if (publication.kind === 'upload') await removeWrong(publication, options)
  throw new DmError('DM_BYTES_DIFFER', { dataset, version, expected: sha256, found })
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
      throw isGone ? missingStaged(publication, staging) : error
    })
  // Somebody may have been faster.
  verifyOwn(publication, copied.info, options)
  return copied.info.bytes
}

/**
 * Wrong bytes would be in the way of the right ones for ever: in the place of the version, unless a
 * published entry names them, and in staging.
 */
async function removeWrong(publication: Publication, options: PromotionOptions): Promise<void> {
  const { key, stagingKey } = publication
  const { staging, target, signal, formerly, isNamed } = options
  const info = await target.head(key, { signal })
  const stamp = info?.repository ?? null
  if (stamp !== null && isOwnStamp(stamp, target, formerly) && !(await isNamed())) {
    await target.remove(key, { signal })
  }
  if (stagingKey !== null && (await isStagedWrong(publication, options))) {
    await staging.remove(stagingKey, { signal })
  }
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
