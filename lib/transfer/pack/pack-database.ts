import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { verifyUnchanged } from '../../files/file-identity.ts'
import type { HashedFile } from '../../files/hash-file.ts'
import { readChunks } from '../../files/read-chunks.ts'
import type { PageComparison, SharedPages } from '../delta/compare-pages.ts'
import { writeDelta } from '../delta/write-delta.ts'
import { writeForm } from '../write-form.ts'
import { compressZst } from '../zst/compress.ts'
import { estimateCompressed, mostWorthwhile } from '../zst/estimate.ts'
import { asCompressed, asDelta, asWhole, type Packed } from './packed.ts'

/** A delta above that part of the `.zst` is not worth that its base has to be read. */
const MOST_DELTA = 0.5
/** Where more pages than that part are new, no delta is so small, and none is tried. */
const MOST_NEW_PAGES = 0.7

/** A database of the same dataset on this machine, and what was found when the two were compared. */
export interface DeltaBase extends PageComparison {
  readonly path: string
}

export interface PackOptions {
  /** zstd's. */
  readonly level: number
  /** A folder of this run's own. */
  readonly scratch: string
  readonly signal: AbortSignal
}

/**
 * The form in which a database is sent: a delta where that is at most half of the `.zst`, the `.zst`
 * where that is at most nine tenths of the whole.
 *
 * @param compressed the `.zst` where it was made already, or null where it saves too little; undefined:
 *   nobody has tried
 * @throws DM_FILE_UNREADABLE, DM_FILE_CHANGED, DM_SCRATCH_UNUSABLE; the signal's reason
 */
export async function packDatabase(
  database: HashedFile,
  base: DeltaBase | null,
  compressed: Packed | null | undefined,
  options: PackOptions,
): Promise<Packed> {
  const delta = await tryDelta(database, base, compressed, options)
  if (delta !== null) return delta
  const most = mostWorthwhile(database.bytes)
  const zst = compressed === undefined ? await packZst(database, options, most) : compressed
  return zst ?? asWhole(database)
}

async function tryDelta(
  database: HashedFile,
  base: DeltaBase | null,
  compressed: Packed | null | undefined,
  options: PackOptions,
): Promise<Packed | null> {
  // A delta from itself is refused everywhere.
  if (base === null || base.shared === null || base.base.sha256 === database.sha256) return null
  const { pageSize, newPages } = base.shared
  if (newPages * pageSize > MOST_NEW_PAGES * database.bytes) return null
  const { level, signal } = options
  const zst =
    compressed?.bytes ??
    (compressed === null ? database.bytes : await estimateCompressed(database, { level, signal }))
  return packDelta(database, base, base.shared, options, MOST_DELTA * zst)
}

export function packDelta(
  database: HashedFile,
  base: DeltaBase,
  shared: SharedPages,
  options: PackOptions,
): Promise<Packed>
/** @returns null: it would be larger than `most` bytes */
export function packDelta(
  database: HashedFile,
  base: DeltaBase,
  shared: SharedPages,
  options: PackOptions,
  most: number,
): Promise<Packed | null>
export async function packDelta(
  database: HashedFile,
  { path: basePath, base }: DeltaBase,
  shared: SharedPages,
  { level, scratch, signal }: PackOptions,
  most?: number,
): Promise<Packed | null> {
  const file = path.join(scratch, `${randomUUID()}.delta`)
  const writing = writeDelta(database, { base, ...shared }, { level, signal })
  const delta = await writeForm(writing, file, most)
  await verifyUnchanged(database.path, database.identity)
  return delta && asDelta(database, delta, { ...base, path: basePath })
}

export function packZst(database: HashedFile, options: PackOptions): Promise<Packed>
/** @returns null: it would be larger than `most` bytes */
export function packZst(
  database: HashedFile,
  options: PackOptions,
  most: number,
): Promise<Packed | null>
export async function packZst(
  database: HashedFile,
  { level, scratch, signal }: PackOptions,
  most?: number,
): Promise<Packed | null> {
  const { handle, path: name, identity } = database
  const file = path.join(scratch, `${randomUUID()}.zst`)
  const writing = compressZst(readChunks(handle, name, signal), { level, signal })
  const zst = await writeForm(writing, file, most)
  await verifyUnchanged(name, identity)
  return zst && asCompressed(database, zst)
}
