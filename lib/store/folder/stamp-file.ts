import type { BigIntStats } from 'node:fs'
import { chmod, lstat, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isSha256 } from '../../files/hash-file.ts'
import type { ObjectInfo, Stamp } from '../store.ts'
import { errorCode, fileMode, locateStamp, readError, withTemporaryFile } from './place.ts'

/** What the store knows of an object that it wrote. */
type Stamped = Pick<ObjectInfo, 'sha256' | 'repository' | 'bucket' | 'content'>

/**
 * What a stamp's file says. Size and time of last change tie it to the object that it was written
 * for: another file under the same key counts as unknown.
 */
interface StampFile {
  readonly key: string
  readonly sha256: string
  readonly repository: string
  readonly bucket?: string | undefined
  readonly content?: string | undefined
  readonly bytes: number
  /** In nanoseconds since 1970, as decimal digits: JSON has no integers of that size. */
  readonly mtimeNs: string
  /** Time of the object until it is freshened: whoever is killed in between leaves a valid stamp. */
  readonly formerMtimeNs?: string | undefined
}

const UNSTAMPED: Stamped = { sha256: null, repository: null, bucket: null, content: null }

/** The stamp of an object; of nulls where it has none that is valid for this very file. */
export async function readStamp(
  folder: string,
  key: string,
  object: BigIntStats,
): Promise<Stamped> {
  const file = await locateStamp(folder, key)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw readError(folder, file, error)
  })
  const stamp = text === null ? null : parseStamp(text)
  if (stamp === null || stamp.key !== key || stamp.bytes !== Number(object.size)) return UNSTAMPED
  const times = [stamp.mtimeNs, stamp.formerMtimeNs]
  if (!times.includes(object.mtimeNs.toString())) return UNSTAMPED
  const { sha256, repository, bucket = null, content = null } = stamp
  return { sha256, repository, bucket, content }
}

/**
 * Records the stamp of an object that lies in the store.
 *
 * @param nextMtimeNs a time that it is about to get: the stamp holds before and after
 */
export async function writeStamp(
  folder: string,
  key: string,
  objectFile: string,
  { sha256, repository, bucket, content }: Stamp & Pick<StampFile, 'repository'>,
  nextMtimeNs?: bigint,
): Promise<void> {
  const { size, mtimeNs } = await lstat(objectFile, { bigint: true }).catch((error: unknown) => {
    throw readError(folder, objectFile, error)
  })
  const file = await locateStamp(folder, key)
  const stamp = {
    key,
    sha256,
    repository,
    bucket,
    content,
    bytes: Number(size),
    mtimeNs: (nextMtimeNs ?? mtimeNs).toString(),
    formerMtimeNs: nextMtimeNs === undefined ? undefined : mtimeNs.toString(),
  }
  await withTemporaryFile(folder, file, async (temporary) => {
    await writeFile(temporary, `${JSON.stringify(stamp)}\n`, { flag: 'wx', flush: true })
    await chmod(temporary, await fileMode(path.dirname(file)))
    await rename(temporary, file)
  })
}

function parseStamp(text: string): StampFile | null {
  try {
    const value: unknown = JSON.parse(text)
    // It throws where there is nothing that could have fields.
    return isStampFile(value) ? value : null
  } catch {
    return null
  }
}

function isStampFile(value: unknown): value is StampFile {
  const { key, sha256, repository, bucket, content, bytes, mtimeNs, formerMtimeNs } =
    value as Record<string, unknown>
  const optional = [bucket, formerMtimeNs].filter((text) => text !== undefined)
  const texts = [key, repository, mtimeNs, ...optional]
  if (content !== undefined && !isSha256(content)) return false
  return (
    isSha256(sha256) && typeof bytes === 'number' && texts.every((text) => typeof text === 'string')
  )
}
