import type { Project } from '../config/open-project.ts'
import { DmError } from '../errors/dm-error.ts'
import type { HashedFile } from '../files/hash-file.ts'
import { makeScratchUntil } from '../files/scratch.ts'
import type { StepContext } from '../graph/step.ts'
import { parseStagingKey } from '../manifest/keys.ts'
import { findDataset } from '../manifest/lookup.ts'
import type { Manifest, VersionEntry } from '../manifest/types.ts'
import { wantedOf } from '../pull/wanted.ts'
import type { Stores } from '../store/open-stores.ts'
import { openBringing } from '../transfer/bring-named.ts'
import { comparePages } from '../transfer/delta/compare-pages.ts'
import { packDelta, type PackOptions, packZst } from '../transfer/pack/pack-database.ts'
import { asWhole, type Packed } from '../transfer/pack/packed.ts'

export interface PackRequest {
  readonly project: Project
  readonly stores: Stores
  /** Of the base. */
  readonly manifest: Manifest
  readonly dataset: string
  /** The pending entry that names where its bytes wait. */
  readonly entry: VersionEntry
  readonly database: HashedFile
  /** The forms of the database that were made already. */
  readonly made: readonly (Packed | null)[]
}

/** zstd's level where a form is asked for that the config would not make. */
const DEFAULT_LEVEL = 3

/**
 * A database in the form that its entry says it waits in, made where it was not made already.
 *
 * @throws DM_STAGED_BASE where that is a delta, and what it builds upon cannot be had;
 *   DM_FILE_UNREADABLE, DM_FILE_CHANGED, DM_SCRATCH_UNUSABLE, DM_STORE_…
 */
export async function packFor(request: PackRequest, context: StepContext): Promise<Packed> {
  const { project, entry, database, made } = request
  const { form, base } = parseStagingKey(entry.staging_key ?? '') ?? { form: 'whole' }
  if (form === 'whole') return asWhole(database)
  const found = made.find((one) => one?.form === form && one.base === base)
  if (found != null) return found
  const scratch = await makeScratchUntil(context.dispose)
  const level = project.config.compression?.level ?? DEFAULT_LEVEL
  const options = { level, scratch, signal: context.signal }
  return form === 'delta' ? packOn(request, base, options, context) : packZst(database, options)
}

async function packOn(
  { project, stores, manifest, dataset: name, entry, database }: PackRequest,
  sha256: string,
  options: PackOptions,
  context: StepContext,
): Promise<Packed> {
  const fail = (): DmError => {
    const { version } = entry
    return new DmError('DM_STAGED_BASE', { dataset: name, version, base: sha256 })
  }
  const dataset = findDataset(manifest, name)
  const version = dataset?.history.find((one) => one.sha256 === sha256)
  if (dataset === undefined || version === undefined) throw fail()
  // It is not there only to be compared with: without it, the bytes cannot be staged as the entry says.
  const bring = await openBringing(project, stores, context, Infinity)
  const { path } = await bring(wantedOf(dataset, version, project.config.staging))
  const { base, shared } = await comparePages(path, database.path, context.signal)
  if (shared === null || base.sha256 !== sha256) throw fail()
  return packDelta(database, { path, base, shared }, shared, options)
}
