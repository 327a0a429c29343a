import { DmError } from '../../errors/dm-error.ts'
import { findStored } from '../find-stored.ts'
import type { ObjectInfo, Store, WriteOptions } from '../store.ts'
import { locateObject, type FolderContext } from './context.ts'
import { publishObject } from './publish-object.ts'
import { writeStamp } from './stamp-file.ts'

/**
 * Writes an object and its stamp unless the same content is there; then only a missing stamp is
 * written, such as that of a run which was killed between the two.
 *
 * @param bytes size of the content
 * @param write fills a new file at the given path with the content
 * @returns whether this call wrote the object
 * @throws DM_STORE_CONFLICT where the key holds other content
 */
export async function writeObject(
  context: FolderContext,
  store: Store,
  key: string,
  bytes: number,
  options: WriteOptions,
  write: (temporary: string) => Promise<void>,
): Promise<boolean> {
  const before = await findStored(store, key, bytes, options)
  const isNew = before === null && (await publishObject(context, key, write))
  const stored = isNew ? null : (before ?? (await findWinner(store, key, bytes, options)))
  if (stored === null || stored.sha256 === null) {
    await writeStamp(context, key, await locateObject(context, key), options.stamp)
  }
  return isNew
}

/** What somebody else stored under the key while this call was writing. */
async function findWinner(
  store: Store,
  key: string,
  bytes: number,
  options: WriteOptions,
): Promise<ObjectInfo> {
  const winner = await findStored(store, key, bytes, options)
  if (winner !== null) return winner
  throw new DmError('DM_STORE_FAILED', {
    location: store.location,
    action: `store '${key}'`,
    reason: "another object's folder is in the way",
  })
}
