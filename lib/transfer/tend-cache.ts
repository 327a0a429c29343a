import { rm } from 'node:fs/promises'
import type { Environment } from '../config/define-config.ts'
import { DmError } from '../errors/dm-error.ts'
import { listCache, openCacheFolder, removeLeft } from './cache-folder.ts'

/** What the cache holds. */
export interface CacheState {
  readonly path: string
  readonly bytes: number
  /** How many databases. */
  readonly entries: number
}

/** @throws DM_CACHE_UNUSABLE where it is not used, and why */
export async function readCache(env: Environment): Promise<CacheState> {
  const { path, obstacle } = await openCacheFolder(env)
  if (obstacle !== null) throw new DmError('DM_CACHE_UNUSABLE', { path, reason: obstacle })
  const entries = await listCache(path)
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
  return { path, bytes, entries: entries.length }
}

/**
 * Removes all databases from the cache; what another process uses at the moment, it keeps.
 *
 * @throws DM_CACHE_UNUSABLE, also where something cannot be removed
 */
export async function clearCache(env: Environment): Promise<void> {
  const { path, obstacle } = await openCacheFolder(env)
  if (obstacle !== null) throw new DmError('DM_CACHE_UNUSABLE', { path, reason: obstacle })
  for (const entry of await listCache(path)) {
    await rm(entry.path, { force: true }).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DmError('DM_CACHE_UNUSABLE', { path, reason }, { cause })
    })
  }
  await removeLeft(path).catch(() => undefined)
}
