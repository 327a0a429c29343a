import { utimes } from 'node:fs/promises'
import path from 'node:path'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import { writeStamp } from '../../lib/store/folder/stamp-file.ts'

/**
 * Makes an object of a folder store look as if it had been written that long ago, with the stamp
 * that it has.
 *
 * @param folder of the bucket
 */
export async function ageObject(folder: string, key: string, ageMs: number): Promise<void> {
  const place = { bucket: 'any', root: path.dirname(folder), name: path.basename(folder) }
  const info = await createFolderStore({ ...place, repository: 'any/body' }).head(key)
  const file = path.join(folder, key)
  // In whole seconds, which every file system keeps as they are.
  const time = Math.floor((Date.now() - ageMs) / 1000)
  await utimes(file, time, time)
  if (info?.sha256 == null || info.repository === null) return
  const { sha256, repository } = info
  const [bucket, content] = [info.bucket ?? undefined, info.content ?? undefined]
  await writeStamp(folder, key, file, { sha256, repository, bucket, content })
}
