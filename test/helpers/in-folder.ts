import { temporaryFolder } from './temporary-folder.ts'

/** Runs a test body in a new empty folder of its own, and removes the folder whatever happens. */
export async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const { folder, remove } = await temporaryFolder()
  try {
    await body(folder)
  } finally {
    await remove()
  }
}
