import { createHash } from 'node:crypto'
import { constants, type BigIntStats } from 'node:fs'
import { chmod, copyFile, link, lstat, open, readdir, rename, rm, utimes } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../../errors/dm-error.ts'
import { syncFolder } from '../../files/replace-file.ts'
import type { ByteSource } from '../byte-source.ts'
import { createStore } from '../create-store.ts'
import { Unsettled, type EngineWriteOptions } from '../engine.ts'
import type { ObjectBody, ObjectInfo, OpenOptions, Stamp, Store } from '../store.ts'
import { verifyKey } from '../verify-key.ts'
import { listFolder } from './list-folder.ts'
import {
  errorCode,
  fileMode,
  locate,
  locateStamp,
  readError,
  temporaryFolder,
  withTemporaryFile,
  writeError,
} from './place.ts'
import { readStamp, writeStamp } from './stamp-file.ts'

/** One read while streaming an object, in bytes. */
const READ_BYTES = 1024 * 1024
/** A run that still writes touches its file all the time; one that was killed does not. */
const STALE_AFTER_MS = 24 * 60 * 60 * 1000

export interface FolderStoreSettings {
  /** The logical name of the bucket. */
  readonly bucket: string
  /** The folder that holds the buckets' folders; created when first written to. */
  readonly root: string
  /** Name of the bucket's folder; default: the logical name. */
  readonly name?: string | undefined
  /** Stamped on what is written. */
  readonly repository: string
}

/** A bucket kept in a local folder: each object a read-only file at `<root>/<name>/<key>`. */
export function createFolderStore({
  bucket,
  root,
  name = bucket,
  repository,
}: FolderStoreSettings): Store {
  verifyKey(name)
  const folder = path.resolve(root, name)
  const stamp = (key: string, file: string, own: Stamp): Promise<void> =>
    writeStamp(folder, key, file, { ...own, repository })
  return createStore(
    { bucket, repository },
    {
      location: folder,
      service: 'folder',
      place: folder,
      async head(key) {
        const info = await head(folder, key)
        return info === null ? null : { info }
      },
      // A bucket comes into being when it is written to.
      verifyBucket: () => Promise.resolve(),
      open: (key, options) => openObject(folder, key, options),
      async write(key, source, options) {
        const file = await createObject(folder, key, (temporary) =>
          copyIn(source, temporary, options),
        )
        await stamp(key, file, options.stamp)
        return source.bytes
      },
      async copy(from, { info }, key, options) {
        const file = await createObject(folder, key, async (temporary) => {
          options.signal?.throwIfAborted()
          await clone(await locate(from, info.key), temporary)
        })
        await stamp(key, file, options.stamp)
        return null
      },
      adopt: async (key, known) => stamp(key, await locate(folder, key), known),
      remove: (key) => remove(folder, key),
      freshen: (key) => freshen(folder, key),
      now: () => Promise.resolve(new Date()),
      list: (prefix, { signal }) => listFolder(folder, prefix, signal),
    },
  )
}

async function head(folder: string, key: string): Promise<ObjectInfo | null> {
  const stats = await findObject(folder, await locate(folder, key))
  if (stats === null) return null
  const stamp = await readStamp(folder, key, stats)
  return { key, bytes: Number(stats.size), ...stamp, modified: stats.mtime }
}

async function openObject(
  folder: string,
  key: string,
  { start, end, signal }: OpenOptions,
): Promise<ObjectBody> {
  const notFound = (): DmError => new DmError('DM_STORE_NOT_FOUND', { location: folder, key })
  const file = await locate(folder, key)
  if ((await findObject(folder, file)) === null) throw notFound()
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw errorCode(error) === 'ENOENT' ? notFound() : readError(folder, file, error)
  })
  const { ino, mtimeNs, size } = await handle.stat({ bigint: true })
  const stream = handle.createReadStream({
    start: start ?? 0,
    highWaterMark: READ_BYTES,
    ...(end === undefined ? {} : { end }),
    ...(signal === undefined ? {} : { signal }),
  })
  return Object.assign(stream, { version: `${ino}-${mtimeNs}-${size}`, total: Number(size) })
}

/**
 * Lets `fill` write a temporary file and makes it an object in one step: whoever reads the key
 * sees nothing or the whole object, also after a crash. Never replaces anything.
 *
 * @returns the object's file
 * @throws Unsettled where the key was taken in the meantime
 */
async function createObject(
  folder: string,
  key: string,
  fill: (temporary: string) => Promise<void>,
): Promise<string> {
  const file = await locate(folder, key)
  await withTemporaryFile(folder, file, async (temporary) => {
    await removeStaleFiles(await temporaryFolder(folder))
    await fill(temporary)
    await seal(temporary, await fileMode(path.dirname(file)))
    await linkObject(folder, temporary, file)
  })
  return file
}

/** Makes the file read-only, so that it is never edited by accident, and waits until its bytes are on the disk. */
async function seal(temporary: string, mode: number): Promise<void> {
  const handle = await open(temporary, 'r')
  try {
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** link(2), unlike rename(2), fails where the name is taken. */
async function linkObject(folder: string, temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') {
      throw new Unsettled({ failure: await writeError(folder, file, error), sentBytes: 0 })
    }
    // EPERM: what link(2) reports for a file system without hard links; the file is our own.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') {
      throw new DmError('DM_STORE_NO_LINKS', { location: folder }, { cause: error })
    }
    throw error
  }
  await syncFolder(path.dirname(file))
}

/** Copies a source to a new file; DM_FILE_CHANGED where the bytes are not those that the stamp names. */
async function copyIn(
  source: ByteSource,
  destination: string,
  { stamp, signal, onProgress }: EngineWriteOptions,
): Promise<void> {
  const output = await open(destination, 'wx', 0o600)
  try {
    const hash = createHash('sha256')
    let done = 0
    for await (const chunk of source.open(signal)) {
      const written = output.writeFile(chunk)
      hash.update(chunk)
      await written
      done += chunk.length
      onProgress?.(Math.min(done, source.bytes), source.bytes)
    }
    await source.verifyUnchanged()
    const isWhatWasStamped = hash.digest('hex') === stamp.sha256 && done === source.bytes
    if (!isWhatWasStamped) throw new DmError('DM_FILE_CHANGED', { file: source.name })
  } finally {
    await output.close()
  }
}

/** Shares the blocks where the file system can do so, else copies them. */
function clone(file: string, temporary: string): Promise<void> {
  return copyFile(file, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
}

async function remove(folder: string, key: string): Promise<void> {
  const file = await locate(folder, key)
  try {
    await rm(file, { force: true })
    await rm(await locateStamp(folder, key), { force: true })
  } catch (error) {
    throw await writeError(folder, file, error)
  }
}

/** Sets the time of last change, in whole seconds, which every file system keeps as they are. */
async function freshen(folder: string, key: string): Promise<ObjectInfo | null> {
  const file = await locate(folder, key)
  const info = await head(folder, key)
  if (info === null) return null
  const seconds = Math.floor(Date.now() / 1000)
  const nextMtimeNs = BigInt(seconds) * 1_000_000_000n
  try {
    // First, so that the stamp holds before and after the change, whenever this is killed.
    const { sha256, repository, bucket, content } = info
    if (sha256 !== null && repository !== null) {
      const stamp = {
        sha256,
        repository,
        bucket: bucket ?? undefined,
        content: content ?? undefined,
      }
      await writeStamp(folder, key, file, stamp, nextMtimeNs)
    }
    await utimes(file, seconds, seconds).catch(async (error: unknown) => {
      // Only its owner may set the time: another one of the group puts a copy in its place.
      if (errorCode(error) !== 'EPERM') throw error
      await withTemporaryFile(folder, file, async (temporary) => {
        await clone(file, temporary)
        await chmod(temporary, await fileMode(path.dirname(file)))
        await utimes(temporary, seconds, seconds)
        await rename(temporary, file)
      })
    })
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw await writeError(folder, file, error)
  }
  return head(folder, key)
}

/** Removes the temporary files that killed runs left behind, once they are a day old. */
async function removeStaleFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name)
    const stats = await lstat(file).catch(() => null)
    const isStale = stats?.isFile() === true && Date.now() - stats.mtimeMs > STALE_AFTER_MS
    if (isStale) await rm(file, { force: true })
  }
}

/** The object's file, or null where there is none. */
async function findObject(folder: string, file: string): Promise<BigIntStats | null> {
  try {
    const stats = await lstat(file, { bigint: true })
    return stats.isFile() ? stats : null
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw readError(folder, file, error)
  }
}
