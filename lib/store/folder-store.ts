import { constants, type BigIntStats } from 'node:fs'
import { copyFile, lstat, open, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { DmError } from '../errors/dm-error.ts'
import { readFileIdentity } from '../files/file-identity.ts'
import { locateObject, locateStamp, type FolderContext } from './folder/context.ts'
import { copyIn } from './folder/copy-in.ts'
import { errorCode, folderError } from './folder/folder-error.ts'
import { listFolder } from './folder/list-folder.ts'
import { readStamp } from './folder/stamp-file.ts'
import { writeObject } from './folder/write-object.ts'
import type { ObjectInfo, OpenOptions, PutResult, Store, WriteOptions } from './store.ts'
import { verifyKey } from './verify-key.ts'

/** One read while streaming an object, in bytes. */
const READ_BYTES = 1024 * 1024

/** Lets `copy` find the folder behind the store that it copies from. */
const contexts = new WeakMap<Store, FolderContext>()

export interface FolderStoreSettings {
  /** The logical name of the bucket. */
  readonly bucket: string
  /** The folder that holds the buckets' folders; created when first written to. */
  readonly root: string
  /** Name of the bucket's folder; default: the logical name. */
  readonly name?: string | undefined
}

/** What to copy from where. */
interface Source {
  readonly store: Store
  readonly key: string
}

/** A bucket kept in a local folder: each object a read-only file at `<root>/<name>/<key>`. */
export function createFolderStore({ bucket, root, name = bucket }: FolderStoreSettings): Store {
  verifyKey(name)
  const folder = path.resolve(root, name)
  const context: FolderContext = { bucket, folder, location: folder }
  const store: Store = {
    bucket,
    location: folder,
    head: (key) => head(context, key),
    open: (key, options = {}) => openObject(context, key, options),
    put: (key, file, options) => put(context, store, key, file, options),
    copy: (from, sourceKey, key, options) =>
      copy(context, store, { store: from, key: sourceKey }, key, options),
    remove: (key) => remove(context, key),
    list: (prefix, { signal } = {}) => listFolder(context, prefix, signal),
  }
  contexts.set(store, context)
  return store
}

async function head(context: FolderContext, key: string): Promise<ObjectInfo | null> {
  const stats = await findObject(context, await locateObject(context, key))
  if (stats === null) return null
  const stamp = await readStamp(context, key, stats)
  return {
    key,
    bytes: Number(stats.size),
    sha256: stamp?.sha256 ?? null,
    repository: stamp?.repository ?? null,
    modified: stats.mtime,
  }
}

async function openObject(
  context: FolderContext,
  key: string,
  { start, end, signal }: OpenOptions,
): Promise<Readable> {
  const file = await locateObject(context, key)
  if ((await findObject(context, file)) === null) throw notFound(context, key)
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw errorCode(error) === 'ENOENT'
      ? notFound(context, key)
      : folderError(context, file, 'read', error)
  })
  return handle.createReadStream({
    start: start ?? 0,
    highWaterMark: READ_BYTES,
    ...(end === undefined ? {} : { end }),
    ...(signal === undefined ? {} : { signal }),
  })
}

async function put(
  context: FolderContext,
  store: Store,
  key: string,
  file: string,
  options: WriteOptions,
): Promise<PutResult> {
  const { size: bytes } = await readFileIdentity(file)
  const isNew = await writeObject(context, store, key, bytes, options, (temporary) =>
    copyIn(file, temporary, options),
  )
  options.onProgress?.(bytes, bytes)
  return { bytes, sentBytes: isNew ? bytes : 0 }
}

async function copy(
  context: FolderContext,
  store: Store,
  source: Source,
  key: string,
  options: WriteOptions,
): Promise<void> {
  verifyKey(key)
  const from = contexts.get(source.store)
  if (from === undefined) {
    throw new DmError('DM_STORE_KIND', { from: source.store.location, to: context.location })
  }
  const file = await locateObject(from, source.key)
  const stats = await findObject(from, file)
  if (stats === null) throw notFound(from, source.key)
  const bytes = Number(stats.size)
  await writeObject(context, store, key, bytes, options, async (temporary) => {
    options.signal?.throwIfAborted()
    // Shares the blocks where the file system can do so, else copies them.
    await copyFile(file, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  })
  options.onProgress?.(bytes, bytes)
}

async function remove(context: FolderContext, key: string): Promise<boolean> {
  const file = await locateObject(context, key)
  if ((await findObject(context, file)) === null) return false
  try {
    await rm(file)
    await rm(await locateStamp(context, key), { force: true })
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw folderError(context, file, 'write', error)
  }
}

/** The object's file, or null where there is none. */
async function findObject(context: FolderContext, file: string): Promise<BigIntStats | null> {
  try {
    const stats = await lstat(file, { bigint: true })
    return stats.isFile() ? stats : null
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw folderError(context, file, 'read', error)
  }
}

function notFound({ location }: FolderContext, key: string): DmError {
  return new DmError('DM_STORE_NOT_FOUND', { location, key })
}
