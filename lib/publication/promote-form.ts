import { DmError, isDmError } from '../errors/dm-error.ts'
import { hashObject } from '../store/read-object.ts'
import type { ObjectInfo } from '../store/store.ts'
import { type CompanionOptions, findCompanions, putCompanions } from './companions.ts'
import type { Companions, Publication } from './publication.ts'
import { type Proved, type Rebuilding, rebuild, type RebuildOptions } from './rebuild.ts'
import {
  formOf,
  missingStaged,
  type StagedForm,
  type StagedOptions,
  toStagedForm,
  verifyStaged,
} from './staged.ts'

export interface FormOptions extends StagedOptions, CompanionOptions {
  /** Called with the bytes done of the current phase. */
  readonly onProgress: (done: number, total: number) => void
}

type ProvingOptions = Omit<RebuildOptions, 'compression'> & Pick<FormOptions, 'onProgress'>

/**
 * Rebuilds a database from its staged form into its place, where it becomes an object only if its hash is
 * the one that was reviewed, and puts beside it what belongs there.
 *
 * @returns `companions` null: another run has put a database there, which this one has not proved
 * @throws DM_STAGED_MISSING, DM_STAGED_BUCKET, DM_STAGED_BASE; DM_FORM_BROKEN, DM_BYTES_DIFFER, and then
 *   it is gone from staging; DM_OBJECT_HASH where the base of a delta is damaged
 */
export async function putRebuilt(
  publication: Publication,
  options: FormOptions,
): Promise<{ readonly info: ObjectInfo; readonly companions: Companions | null }> {
  const { key, sha256 } = publication
  const { target, signal, onProgress } = options
  const staged = await openStaged(publication, options)
  return withRebuilding(staged, options, async ({ source, proved }) => {
    const { info, sentBytes } = await target
      .put(key, source, { stamp: { sha256 }, signal, onProgress })
      .catch(async (error: unknown) => {
        signal.throwIfAborted()
        throw isOfBytes(error) ? await blame(staged, error, options) : error
      })
    const known = sentBytes > 0 ? proved() : null
    return { info, companions: known && (await putCompanions(staged, known, options)) }
  })
}

/**
 * What lies beside a database that is in its place and proved. What is missing, since a run was killed,
 * is made good where the staged form still is what it should be.
 */
export async function makeGood(
  publication: Publication,
  options: FormOptions,
): Promise<Companions> {
  const { companions, isComplete } = await findCompanions(publication, options)
  if (isComplete) return companions
  try {
    const staged = await openStaged(publication, options)
    return await withRebuilding(staged, options, async (rebuilding) =>
      putCompanions(staged, await prove(rebuilding, options), options),
    )
  } catch (error) {
    options.signal.throwIfAborted()
    // The version has its bytes; nobody waits for what only makes its transfers cheaper.
    if (!isDmError(error) || error.exit !== 3) throw error
    return companions
  }
}

/** Whether staged bytes, of any form, are there and wrong. */
export async function isStagedWrong(
  publication: Publication,
  options: FormOptions,
): Promise<boolean> {
  const { staging, signal } = options
  const info = await staging.head(publication.stagingKey ?? '', { signal })
  if (info === null) return false
  if (formOf(publication) === 'whole') {
    const { sha256: found } = await hashObject(staging, info.key, { bytes: info.bytes, signal })
    return found !== publication.sha256
  }
  return isWrong(toStagedForm(publication, info), options)
}

/** Who is to blame for wrong bytes: what waits in staging is then gone, or the base of the delta. */
async function blame(staged: StagedForm, error: DmError, options: FormOptions): Promise<DmError> {
  const { publication, base, info } = staged
  const { staging, target, signal } = options
  if (base !== null) {
    const { dataset, version } = publication
    const { key, bytes, sha256 } = base
    const { sha256: found } = await hashObject(target, key, { bytes, signal })
    const about = { dataset, version, bucket: target.bucket, key, sha256, found }
    if (found !== sha256) return new DmError('DM_OBJECT_HASH', about, { cause: error })
  }
  if (await isWrong(staged, options)) await staging.remove(info.key, { signal })
  return error
}

async function isWrong(staged: StagedForm, options: FormOptions): Promise<boolean> {
  try {
    await proveForm(staged, options)
    return false
  } catch (error) {
    options.signal.throwIfAborted()
    if (!isOfBytes(error)) throw error
    return true
  }
}

/**
 * Reads a staged form to its end, and sees that it stands for the bytes that it should.
 *
 * @throws DM_FORM_BROKEN, DM_BYTES_DIFFER; as `readObject`
 */
export async function proveForm(staged: StagedForm, options: ProvingOptions): Promise<void> {
  const quiet = { ...options, compression: null }
  await withRebuilding(staged, quiet, (rebuilding) => prove(rebuilding, quiet))
}

function isOfBytes(error: unknown): error is DmError {
  return isDmError(error, 'DM_FORM_BROKEN') || isDmError(error, 'DM_BYTES_DIFFER')
}

/** Reads a staged form to its end. */
async function prove(
  { source, proved }: Rebuilding,
  { signal, onProgress }: ProvingOptions,
): Promise<Proved> {
  let done = 0
  for await (const chunk of source.open(signal)) {
    done += chunk.length
    onProgress(done, source.bytes)
  }
  await source.verifyUnchanged()
  const known = proved()
  if (known === null) throw new TypeError(`${source.name} is not proved`)
  return known
}

async function openStaged(publication: Publication, options: FormOptions): Promise<StagedForm> {
  const { staging, signal } = options
  const info = await staging.head(publication.stagingKey ?? '', { signal })
  if (info === null) throw missingStaged(publication, staging)
  verifyStaged(publication, info, options)
  return toStagedForm(publication, info)
}

async function withRebuilding<Result>(
  staged: StagedForm,
  options: RebuildOptions,
  work: (rebuilding: Rebuilding) => Promise<Result>,
): Promise<Result> {
  const rebuilding = rebuild(staged, options)
  try {
    return await work(rebuilding)
  } finally {
    await rebuilding.close()
  }
}
