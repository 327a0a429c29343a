import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Stamp } from '../store.ts'
import { locate, locateStamp, TEMPORARY_FOLDER, type FolderContext } from './context.ts'
import { errorCode, folderError } from './folder-error.ts'

/**
 * What a stamp's file says. Size and time of last change tie it to the object that it was written
 * for: another file under the same key counts as unknown.
 */
interface StampFile extends Stamp {
  readonly key: string
  readonly bytes: number
  /** In nanoseconds since 1970, as decimal digits: JSON has no integers of that size. */
  readonly mtimeNs: string
}

/** The stamp of an object, or null where it has none that is valid for this very file. */
export async function readStamp(
  context: FolderContext,
  key: string,
  object: BigIntStats,
): Promise<Stamp | null> {
  const file = await locateStamp(context, key)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw folderError(context, file, 'read', error)
  })
  const stamp = text === null ? null : parseStamp(text)
  if (stamp === null || stamp.key !== key) return null
  const isValid = stamp.bytes === Number(object.size) && stamp.mtimeNs === object.mtimeNs.toString()
  return isValid ? { sha256: stamp.sha256, repository: stamp.repository } : null
}

/** Records the stamp of an object that lies in the store. */
export async function writeStamp(
  context: FolderContext,
  key: string,
  objectFile: string,
  { sha256, repository }: Stamp,
): Promise<void> {
  const file = await locateStamp(context, key)
  const temporary = path.join(await locate(context, TEMPORARY_FOLDER), `${randomUUID()}.json`)
  try {
    const { size, mtimeNs } = await lstat(objectFile, { bigint: true })
    const stamp: StampFile = {
      key,
      sha256,
      repository,
      bytes: Number(size),
      mtimeNs: mtimeNs.toString(),
    }
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
  const { key, sha256, repository, bytes, mtimeNs } = value as Record<string, unknown>
  return (
    typeof key === 'string' &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    typeof repository === 'string' &&
    typeof bytes === 'number' &&
    typeof mtimeNs === 'string'
  )
}
