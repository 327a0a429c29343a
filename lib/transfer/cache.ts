import { randomUUID } from 'node:crypto'
import { constants, createReadStream, createWriteStream } from 'node:fs'
import { chmod, copyFile, link, lstat, rename, rm, statfs, utimes } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Environment } from '../config/define-config.ts'
import { verifyUnchanged, withFile } from '../files/file-identity.ts'
import { hashFile, type HashedFile } from '../files/hash-file.ts'
import { makeScratch } from '../files/scratch.ts'
import { listCache, openCacheFolder, removeLeft } from './cache-folder.ts'

/** So much stays free on the disk, in bytes. */
const RESERVE = 1024 ** 3

/** A database with a name of its own, until it is released: nobody changes or removes it. */
export interface Held {
  readonly path: string
  readonly release: () => Promise<void>
}

/** One whose hash is not checked yet. */
export interface Lent extends Held {
  /** It is another one: nobody finds it any more. */
  readonly drop: () => Promise<void>
}

/** A copy that nobody finds yet. */
export interface Copy {
  /** Puts it into the cache, where others may have to go for it. */
  readonly keep: () => Promise<void>
  /** Removes it, unless it was kept. */
  readonly release: () => Promise<void>
}

/**
 * Databases by their hash, on this machine, for this user. It is never the reason for a failure: what
 * it cannot do it leaves undone. Any number of processes may use it, and anybody may delete it.
 */
export interface Cache {
  /** The hashes of what seems to be in it. */
  readonly names: () => Promise<readonly string[]>
  /** A database that was put into it, its hash checked; null: it is not there. */
  readonly take: (sha256: string, signal?: AbortSignal) => Promise<Held | null>
  /** The same for whoever hashes it while it is read, and drops it where it is another one. */
  readonly lend: (sha256: string) => Promise<Lent | null>
  /**
   * Copies a database, to be put into it later; null: it is there already, or there is no room.
   */
  readonly copy: (database: HashedFile, signal?: AbortSignal) => Promise<Copy | null>
  /**
   * Lets a database be received, and keeps it.
   *
   * @param bytes its size
   * @param receive writes it to a path where nothing is, verified
   */
  readonly receive: (
    expected: { readonly sha256: string; readonly bytes: number },
    receive: (file: string) => Promise<unknown>,
  ) => Promise<Held>
}

/** @param limit the most that it may hold, in bytes; 0: nothing */
export async function openCache(env: Environment, limit: number): Promise<Cache> {
  const { path: folder, obstacle } = await openCacheFolder(env)
  const isUsable = obstacle === null && limit > 0
  if (isUsable) await removeLeft(folder).catch(() => undefined)
  const entry = (sha256: string): string => path.join(folder, `${sha256}.sqlite`)
  const another = (): string => path.join(folder, `.${randomUUID()}.sqlite`)

  const names: Cache['names'] = async () => {
    const entries = isUsable ? await listCache(folder).catch(() => []) : []
    return entries.map(({ sha256 }) => sha256)
  }

  const lend: Cache['lend'] = async (sha256) => {
    if (!isUsable) return null
    const file = another()
    const remove = (one: string): Promise<void> => rm(one, { force: true }).catch(() => undefined)
    try {
      // Under a name of its own it stays, whatever others remove.
      await link(entry(sha256), file)
      await markUsed(file)
    } catch {
      await remove(file)
      return null
    }
    return { path: file, release: () => remove(file), drop: () => remove(entry(sha256)) }
  }

  const take: Cache['take'] = async (sha256, signal) => {
    const lent = await lend(sha256)
    if (lent === null) return null
    try {
      const found = await withFile(lent.path, (opened) => hashFile(opened, { signal }))
      if (found.sha256 === sha256) return lent
      await lent.drop()
    } catch {
      await lent.release()
      signal?.throwIfAborted()
      return null
    }
    await lent.release()
    return null
  }

  const copyIn: Cache['copy'] = async (database, signal) => {
    if (!isUsable || !(await hasRoom(folder, database, limit).catch(() => false))) return null
    const file = another()
    const release = (): Promise<void> => rm(file, { force: true }).catch(() => undefined)
    try {
      await copy(database.path, file, signal)
      await verifyUnchanged(database.path, database.identity)
    } catch {
      await release()
      signal?.throwIfAborted()
      return null
    }
    const keep = async (): Promise<void> => {
      await evict(folder, database, limit)
      await markUsed(file)
      await rename(file, entry(database.sha256))
    }
    return { keep: () => keep().catch(() => undefined), release }
  }

  const receive: Cache['receive'] = async (expected, write) => {
    const isKept = isUsable && (await makeRoom(folder, expected, limit).catch(() => false))
    const scratch = isKept ? null : await makeScratch()
    const file = scratch === null ? another() : path.join(scratch.path, 'received.sqlite')
    const release = scratch?.remove ?? (() => rm(file, { force: true }).catch(() => undefined))
    try {
      await write(file)
      await chmod(file, 0o600)
    } catch (error) {
      await release()
      throw error
    }
    if (isKept) await keepReceived(file, entry(expected.sha256)).catch(() => undefined)
    return { path: file, release }
  }
  return { names, take, lend, copy: copyIn, receive }
}

/**
 * Removes what was not used for longest until there is room for a database.
 *
 * @returns false where there is none, or it is there already
 */
async function makeRoom(folder: string, database: Sized, limit: number): Promise<boolean> {
  if (!(await hasRoom(folder, database, limit))) return false
  await evict(folder, database, limit)
  return true
}

interface Sized {
  readonly sha256: string
  readonly bytes: number
}

/**
 * Says that a database is used now, and leaves the time of its content: by that, whoever reads it at the
 * same time sees that nobody has changed it.
 */
async function markUsed(file: string): Promise<void> {
  const { mtimeMs } = await lstat(file)
  // In whole seconds, which can be set again as they are.
  await utimes(file, Date.now() / 1000, Math.floor(mtimeMs / 1000))
}

async function keepReceived(file: string, entry: string): Promise<void> {
  await markUsed(file)
  await link(file, entry)
}

/** @returns false where there can be none, or it is there already; then it counts as used */
async function hasRoom(folder: string, { sha256, bytes }: Sized, limit: number): Promise<boolean> {
  const present = (await listCache(folder)).find((entry) => entry.sha256 === sha256)
  if (present !== undefined) {
    await markUsed(present.path)
    return false
  }
  if (bytes > limit) return false
  const { bavail, bsize, blocks } = await statfs(folder)
  return blocks === 0 || bytes + RESERVE <= bavail * bsize
}

async function evict(folder: string, { bytes }: Sized, limit: number): Promise<void> {
  const entries = await listCache(folder)
  let total = entries.reduce((sum, entry) => sum + entry.bytes, bytes)
  for (const entry of entries) {
    if (total <= limit) break
    await rm(entry.path, { force: true })
    total -= entry.bytes
  }
}

/** A copy that takes no room where the file system can do that; of content that is not for others. */
async function copy(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL)
    await chmod(to, 0o600)
  } catch {
    await rm(to, { force: true })
    const target = createWriteStream(to, { flags: 'wx', mode: 0o600 })
    await pipeline(createReadStream(from), target, { signal })
  }
}
