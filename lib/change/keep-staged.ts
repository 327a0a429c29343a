import { DmError } from '../errors/dm-error.ts'
import { parseStagingKey } from '../manifest/keys.ts'
import type { VersionEntry } from '../manifest/types.ts'
import type { ObjectInfo, Store } from '../store/store.ts'
import { isOld, type Staged } from './stage-file.ts'

/**
 * Sees that the bytes of an entry that is proposed anew are still in staging; those that are there
 * since long get a new date.
 *
 * @param open the staging store; opened only where something is staged
 * @returns null for a rollback: nothing of it is staged
 * @throws DM_STAGED_MISSING, DM_STORE_…
 */
export async function keepStaged(
  open: () => Store,
  dataset: string,
  entry: VersionEntry,
  retentionMs: number,
  signal: AbortSignal,
): Promise<Staged | null> {
  const found = await find(open, dataset, entry, signal)
  if (found === null) return null
  const { staging, info } = found
  if (await isOld(staging, info, retentionMs / 2, signal)) {
    const freshened = await staging.freshen(info.key, { signal })
    if (freshened === null) throw missing(staging, dataset, entry)
  }
  return toStaged(info)
}

/** What `keepStaged` would return: read-only. */
export async function planKeeping(
  open: () => Store,
  dataset: string,
  entry: VersionEntry,
  signal?: AbortSignal,
): Promise<Staged | null> {
  const found = await find(open, dataset, entry, signal)
  return found === null ? null : toStaged(found.info)
}

async function find(
  open: () => Store,
  dataset: string,
  entry: VersionEntry,
  signal: AbortSignal | undefined,
): Promise<{ readonly staging: Store; readonly info: ObjectInfo } | null> {
  const { staging_key: key } = entry
  if (key === undefined) return null
  const staging = open()
  const info = await staging.head(key, { signal })
  if (info === null) throw missing(staging, dataset, entry)
  return { staging, info }
}

function missing({ location }: Store, dataset: string, entry: VersionEntry): DmError {
  const { version, staging_key: key = '' } = entry
  return new DmError('DM_REBASE_STAGED', { dataset, version, location, key })
}

function toStaged({ key, bytes }: ObjectInfo): Staged {
  return { key, bytes, sentBytes: 0, form: parseStagingKey(key)?.form ?? 'whole' }
}
