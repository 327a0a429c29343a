import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import type { Environment } from '../config/define-config.ts'
import { isSha256 } from '../files/hash-file.ts'

/** What a killed run has left is in nobody's way for so long, in milliseconds. */
const LEFT_MS = 24 * 3_600_000

/** Where databases are cached, and why they are not, where they cannot be. */
export interface CacheFolder {
  /** Absolute. */
  readonly path: string
  /** Why it is not used; null: it is. */
  readonly obstacle: string | null
}

/** A database in the cache. */
export interface CacheEntry {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  /** When it was last used, in milliseconds since 1970. */
  readonly used: number
}

/**
 * The folder of the cache, made where it is not there: `$XDG_CACHE_HOME/datamanager/databases`. It is
 * used only where nobody else can put something into it, or read it.
 */
export async function openCacheFolder(env: Environment): Promise<CacheFolder> {
  const given = env['XDG_CACHE_HOME'] ?? ''
  const home = env['HOME'] ?? homedir()
  const base = path.isAbsolute(given) ? given : path.join(home, '.cache')
  const own = path.join(base, 'datamanager')
  const folder = path.join(own, 'databases')
  try {
    if (base !== given && !(await exists(home))) {
      return { path: folder, obstacle: `there is no home folder ${home}` }
    }
    for (const one of [own, folder]) {
      await mkdir(one, { recursive: true, mode: 0o700 })
      const obstacle = await findObstacle(one)
      if (obstacle !== null) return { path: folder, obstacle }
    }
    return { path: folder, obstacle: null }
  } catch (error) {
    return { path: folder, obstacle: reasonOf(error) }
  }
}

async function findObstacle(folder: string): Promise<string | null> {
  const found = await lstat(folder)
  if (!found.isDirectory()) return `${folder} is no folder of its own`
  const user = process.getuid?.()
  if (user === undefined) return null
  if (found.uid !== user) return `${folder} belongs to somebody else`
  return (found.mode & 0o022) === 0 ? null : `others can write to ${folder}`
}

/** The databases in the folder, the one that was not used for longest first. */
export async function listCache(folder: string): Promise<CacheEntry[]> {
  const entries: CacheEntry[] = []
  for (const name of await readdir(folder)) {
    const sha256 = /^(.{64})\.sqlite$/.exec(name)?.[1]
    const file = path.join(folder, name)
    const found = await lstat(file).catch(() => null)
    if (!isSha256(sha256) || found?.isFile() !== true) continue
    entries.push({ path: file, sha256, bytes: found.size, used: found.atimeMs })
  }
  return entries.toSorted((a, b) => a.used - b.used)
}

/** Removes what killed runs have left. */
export async function removeLeft(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name)
    const found = name.startsWith('.') ? await lstat(file).catch(() => null) : null
    // A second name of a database has the database's own time; its status changed when it was made.
    if (found !== null && Date.now() - found.ctimeMs > LEFT_MS) {
      await rm(file, { recursive: true, force: true })
    }
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  )
}
