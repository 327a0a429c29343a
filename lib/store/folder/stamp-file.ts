import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ObjectInfo, Stamp } from '../store.ts'
import { locate, locateStamp, TEMPORARY_FOLDER, type FolderContext } from './context.ts'
import { errorCode, folderError } from './folder-error.ts'

/** What the store knows of an object that it wrote. */
export type Stamped = Pick<ObjectInfo, 'sha256' | 'repository' | 'bucket'>

/**
 * What a stamp's file says. Size and time of last change tie it to the object that it was written
 * for: another file under the same key counts as unknown.
 */
interface StampFile extends Stamp {
  readonly repository: string
  readonly key: string
  readonly bytes: number
  /** In nanoseconds since 1970, as decimal digits: JSON has no integers of that size. */
  readonly mtimeNs: string
  /** Time of the object until it is freshened: whoever is killed in between leaves a valid stamp. */
  readonly formerMtimeNs?: string | undefined
}

const UNSTAMPED: Stamped = { sha256: null, repository: null, bucket: null }

/** The stamp of an object; of nulls where it has none that is valid for this very file. */
export async function readStamp(
  context: FolderContext,
  key: string,
  object: BigIntStats,
): Promise<Stamped> {
  const file = await locateStamp(context, key)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw folderError(context, file, 'read', error)
  })
  const stamp = text === null ? null : parseStamp(text)
  if (stamp === null || stamp.key !== key) return UNSTAMPED
  const times = [stamp.mtimeNs, stamp.formerMtimeNs]
  const isValid = stamp.bytes === Number(object.size) && times.includes(object.mtimeNs.toString())
  const { sha256, repository, bucket = null } = stamp
  return isValid ? { sha256, repository, bucket } : UNSTAMPED
}

/** Records the stamp of an object that lies in the store. */
export async function writeStamp(
  context: FolderContext,
  key: string,
  objectFile: string,
  { sha256, bucket }: Stamp,
): Promise<void> {
  const { size, mtimeNs } = await lstat(objectFile, { bigint: true }).catch((error: unknown) => {
    throw folderError(context, objectFile, 'read', error)
  })
  const { repository } = context
  const object = { key, bytes: Number(size), mtimeNs: mtimeNs.toString() }
  await writeStampFile(context, { sha256, repository, bucket, ...object })
}

/** Lets the stamp of an object hold for a new time of it as well, if it holds now. */
export async function extendStamp(
  context: FolderContext,
  key: string,
  object: BigIntStats,
  mtimeNs: bigint,
): Promise<void> {
  const { sha256, repository, bucket } = await readStamp(context, key, object)
  if (sha256 === null || repository === null) return
  await writeStampFile(context, {
    key,
    sha256,
    repository,
    bucket: bucket ?? undefined,
    bytes: Number(object.size),
    mtimeNs: mtimeNs.toString(),
    formerMtimeNs: object.mtimeNs.toString(),
  })
}

async function writeStampFile(context: FolderContext, stamp: StampFile): Promise<void> {
  const file = await locateStamp(context, stamp.key)
  const temporary = path.join(await locate(context, TEMPORARY_FOLDER), `${randomUUID()}.json`)
  try {
    await mkdir(path.dirname(temporary), { recursive: true })
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(temporary, `${JSON.stringify(stamp)}\n`, { flag: 'wx', flush: true })
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw folderError(context, file, 'write', error)
  }
}

function parseStamp(text: string): StampFile | null {
  try {
    const value: unknown = JSON.parse(text)
    return isStampFile(value) ? value : null
  } catch {
    return null
  }
}

function isStampFile(value: unknown): value is StampFile {
  if (typeof value !== 'object' || value === null) return false
  const { key, sha256, repository, bucket, bytes, mtimeNs, formerMtimeNs } = value as Record<
    string,
    unknown
  >
  return (
    typeof key === 'string' &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    typeof repository === 'string' &&
    isStringOrAbsent(bucket) &&
    typeof bytes === 'number' &&
    typeof mtimeNs === 'string' &&
    isStringOrAbsent(formerMtimeNs)
  )
}

function isStringOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}
