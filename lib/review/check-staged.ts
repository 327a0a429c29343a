import type { Retired } from '../base/read-retired.ts'
import { DmError, isDmError, type Problem, toProblem } from '../errors/dm-error.ts'
import { findDeltaBase } from '../manifest/delta-base.ts'
import { parseStagingKey } from '../manifest/keys.ts'
import { bucketOf, findDataset, namesHashElsewhere } from '../manifest/lookup.ts'
import type { ProposedItem } from '../manifest/proposed-items.ts'
import { contentKind, isContent, isMarked, isPending } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry } from '../manifest/types.ts'
import { readStagedDiff } from '../publication/promote-diff.ts'
import { proveForm } from '../publication/promote-form.ts'
import type { DeltaBase, Publication } from '../publication/publication.ts'
import { formOf, toStagedForm, verifySource } from '../publication/staged.ts'
import { REFUSALS, type Stores } from '../store/open-stores.ts'
import { hashObject } from '../store/read-object.ts'
import type { StagedClaim } from './check-diff.ts'

export interface StagedCheck {
  readonly items: readonly ProposedItem[]
  /** The manifest of the base: what other buckets have, and deltas build upon. */
  readonly base: Manifest
  /** What the base has given up. */
  readonly retired: Retired
  readonly stores: Stores
  readonly formerly: readonly string[]
  readonly isPublic: (bucket: string) => boolean
  /** Whether all bytes are read and hashed. */
  readonly isFull: boolean
  readonly signal: AbortSignal
  readonly onProgress: (done: number, total: number) => void
}

export interface CheckedStaged {
  readonly problems: readonly Problem[]
  /** What stands beside the bytes for private buckets of how they differ: it is not looked at here. */
  readonly claims: readonly StagedClaim[]
  /** Why nothing was looked at; null: it was. */
  readonly unseen: DmError | null
  /** What is no problem: publishing hashes them, whoever has staged them. */
  readonly notices: readonly DmError[]
}

/** What an embedded store that is somebody else's seems to lack. */
const absences: ReadonlySet<string> = new Set([
  'DM_STAGED_MISSING',
  'DM_ROLLBACK_MISSING',
  'DM_OBJECT_MISSING',
])

/**
 * Sees that the bytes of what is proposed are in staging, of the right size and for the right bucket;
 * and those of a rollback in their place. Without keys, as in a fork, nothing is looked at.
 *
 * @throws DM_STORE_…
 */
export async function checkStaged(check: StagedCheck): Promise<CheckedStaged> {
  const wanted = check.items.filter(({ kind }) => isContent(kind) || kind === 'reversal')
  const problems: Problem[] = []
  const notices: DmError[] = []
  const claims: StagedClaim[] = []
  const found = { problems, notices, claims }
  for (const { kind, dataset, entry } of wanted) {
    // What is marked is removed again, whether its object is there or not.
    if (entry === null || isMarked(dataset) || isMarked(entry)) continue
    const name = { dataset: dataset.fileName, version: entry.version }
    try {
      if (kind === 'reversal' && (await isThere(name, bucketOf(dataset), entry, check))) continue
      if (!isPending(entry)) {
        const where = { bucket: bucketOf(dataset), key: entry.r2_object_key }
        throw new DmError('DM_OBJECT_MISSING', { ...name, ...where })
      }
      const publication = await toPublication(dataset, entry, check)
      await checkOne(publication, check, notices)
      if (check.isPublic(publication.bucket) || publication.stagingKey === null) continue
      const diff = await readStagedDiff(check.stores.staging, publication, check)
      if (diff !== null) claims.push({ ...name, ...diff })
      else if (kind === 'upload' && dataset.history.length > 1)
        notices.push(new DmError('DM_CHECK_NO_DIFF', name))
    } catch (error) {
      check.signal.throwIfAborted()
      if (!isDmError(error)) throw error
      if (REFUSALS.has(error.code)) {
        const reason = error.message.replace(/\.$/, '')
        return { ...found, unseen: new DmError('DM_CHECK_STAGED_UNSEEN', { reason }) }
      }
      // A bucket that the config does not have is told already.
      if (error.code === 'DM_UNKNOWN_BUCKET') continue
      if (error.exit !== 3) throw error
      if (check.stores.isEmbedded && absences.has(error.code)) {
        const reason = 'the store is in the git folder of whoever prepared them'
        return { ...found, unseen: new DmError('DM_CHECK_STAGED_UNSEEN', { reason }) }
      }
      problems.push(toProblem(error, name))
    }
  }
  return { ...found, unseen: null }
}

/**
 * Whether the object of what was published once is in its place.
 *
 * @throws DM_OBJECT_SIZE
 */
async function isThere(
  name: { readonly dataset: string; readonly version: string },
  bucket: string,
  { r2_object_key: key, bytes }: VersionEntry,
  { stores, signal }: StagedCheck,
): Promise<boolean> {
  const info = await stores.openForReading(bucket).head(key, { signal })
  if (info === null || bytes === undefined || info.bytes === bytes) return info !== null
  throw new DmError('DM_OBJECT_SIZE', { ...name, bytes, found: info.bytes })
}

async function checkOne(
  publication: Publication,
  check: StagedCheck,
  notices: DmError[],
): Promise<void> {
  const { stores, formerly, base, signal, isFull, onProgress } = check
  const { dataset, version, bucket, key, sha256, stagingKey } = publication
  if (stagingKey === null) {
    const target = stores.openForReading(bucket)
    const found = await target.head(key, { signal })
    if (found !== null) return
    throw new DmError('DM_ROLLBACK_MISSING', { dataset, version, location: target.location, key })
  }
  const { staging } = stores
  const info = await staging.head(stagingKey, { signal })
  verifySource(publication, info, {
    staging,
    target: staging,
    formerly,
    isElsewhere: (hash, own) => namesHashElsewhere(base, hash, own),
    notice: (note) => notices.push(note),
  })
  const place = { bucket: staging.bucket, key: stagingKey }
  if (info === null) return
  if (formOf(publication) !== 'whole') {
    if (!isFull) return
    const target = stores.openForReading(bucket)
    await proveForm(toStagedForm(publication, info), { staging, target, signal, onProgress })
    return
  }
  if (info.sha256 !== null && info.sha256 !== sha256) {
    const found = info.sha256
    throw new DmError('DM_OBJECT_STAMP', { dataset, version, ...place, sha256, found })
  }
  if (!isFull) return
  const { sha256: found } = await hashObject(staging, stagingKey, {
    bytes: info.bytes,
    signal,
    onProgress,
  })
  if (found === sha256) return
  throw new DmError('DM_BYTES_DIFFER', { dataset, version, expected: sha256, found })
}

async function toPublication(
  dataset: Dataset,
  entry: VersionEntry,
  check: StagedCheck,
): Promise<Publication> {
  const { version, sha256, bytes, staging_key: staging, r2_object_key: key } = entry
  return {
    kind: contentKind(entry),
    dataset: dataset.fileName,
    version,
    bucket: bucketOf(dataset),
    key,
    sha256,
    bytes: bytes ?? null,
    stagingKey: staging ?? null,
    base: await findBase(dataset, entry, check),
    isThere: false,
    commit: '',
    description: '',
  }
}

/** What a delta builds upon, as far as the base has it. */
async function findBase(
  dataset: Dataset,
  { staging_key: staged, r2_object_key: key }: VersionEntry,
  { base: manifest, retired, stores, signal }: StagedCheck,
): Promise<DeltaBase | null> {
  const { base: sha256 } = parseStagingKey(staged ?? '') ?? {}
  const published = findDataset(manifest, dataset.fileName)
  if (sha256 === undefined || published === undefined) return null
  const found = findDeltaBase(published, { key, base: sha256 }, retired.list)
  if (found === undefined) return null
  const info = await stores.openForReading(bucketOf(published)).head(found, { signal })
  return info && { sha256, key: found, bytes: info.bytes }
}
