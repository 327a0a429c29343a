import { open } from 'node:fs/promises'

/** Makes a new name in a folder survive a power failure, where the file system can do that. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
