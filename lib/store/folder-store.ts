import { constants, type BigIntStats } from 'node:fs'
import { copyFile, lstat, open, rm, utimes } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { DmError } from '../errors/dm-error.ts'
import { readFileIdentity } from '../files/file-identity.ts'
import { locateObject, locateStamp, type FolderContext } from './folder/context.ts'
import { copyIn } from './folder/copy-in.ts'
import { errorCode, folderError } from './folder/folder-error.ts'
import { listFolder } from './folder/list-folder.ts'
import { extendStamp, readStamp } from './folder/stamp-file.ts'
import { writeObject } from './folder/write-object.ts'
import type {
  CopyOptions,
  CopyResult,
  ObjectInfo,
  OpenOptions,
  PutResult,
  Store,
  WriteOptions,
} from './store.ts'
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
  /** Stamped on what is written. */
  readonly repository: string
}

/** What to copy from where. */
interface Source {
  readonly store: Store
  readonly key: string
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
  const context: FolderContext = { bucket, folder, location: folder, repository }
  const store: Store = {
    bucket,
    location: folder,
    repository,
    head: (key) => head(context, key),
    open: (key, options = {}) => openObject(context, key, options),
    put: (key, file, options) => put(context, store, key, file, options),
    copy: (from, sourceKey, key, options) =>
      copy(context, store, { store: from, key: sourceKey }, key, options),
    remove: (key) => remove(context, key),
    freshen: (key) => freshen(context, key),
    now: () => Promise.resolve(new Date()),
    list: (prefix, { signal } = {}) => listFolder(context, prefix, signal),
  }
  contexts.set(store, context)
  return store
}

async function head(context: FolderContext, key: string): Promise<ObjectInfo | null> {
  const stats = await findObject(context, await locateObject(context, key))
  if (stats === null) return null
  const stamp = await readStamp(context, key, stats)
  return { key, bytes: Number(stats.size), ...stamp, modified: stats.mtime }
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
  return { info: await landed(context, key), sentBytes: isNew ? bytes : 0 }
}

async function copy(
  context: FolderContext,
  store: Store,
  source: Source,
  key: string,
  options: CopyOptions,
): Promise<CopyResult> {
  verifyKey(key)
  const from = contexts.get(source.store)
  if (from === undefined) {
    throw new DmError('DM_STORE_KIND', { from: source.store.location, to: context.location })
  }
  const file = await locateObject(from, source.key)
  const seen = await head(from, source.key)
  if (seen === null) throw notFound(from, source.key)
  options.verifySource?.(seen)
  const { bytes } = seen
  await writeObject(context, store, key, bytes, options, async (temporary) => {
    options.signal?.throwIfAborted()
    // Shares the blocks where the file system can do so, else copies them.
    await copyFile(file, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  })
  options.onProgress?.(bytes, bytes)
  return { info: await landed(context, key), source: seen }
}

async function landed(context: FolderContext, key: string): Promise<ObjectInfo> {
  const info = await head(context, key)
  if (info === null) throw notFound(context, key)
  return info
}

async function remove(context: FolderContext, key: string): Promise<ObjectInfo | null> {
  const file = await locateObject(context, key)
  const info = await head(context, key)
  if (info === null) return null
  try {
    await rm(file)
    await rm(await locateStamp(context, key), { force: true })
    return info
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw folderError(context, file, 'write', error)
  }
}

/** Sets the time of last change, in whole seconds, which every file system keeps as they are. */
async function freshen(context: FolderContext, key: string): Promise<ObjectInfo | null> {
  const file = await locateObject(context, key)
  const stats = await findObject(context, file)
  if (stats === null) return null
  const seconds = Math.floor(Date.now() / 1000)
  try {
    // First, so that the stamp holds before and after the change, whenever this is killed.
    await extendStamp(context, key, stats, BigInt(seconds) * 1_000_000_000n)
    await utimes(file, seconds, seconds)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw folderError(context, file, 'write', error)
  }
  return head(context, key)
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
