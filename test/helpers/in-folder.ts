import { temporaryFolder } from './temporary-folder.ts'

/** Runs a test body in a new empty folder of its own, and removes the folder whatever happens. */
export async function inFolder<Result>(body: (folder: string) => Promise<Result>): Promise<Result> {
  const { folder, remove } = await temporaryFolder()
  try {
    return await body(folder)
  } finally {
    await remove()
  }
}
