import { verifyUnchanged, withFile } from '../files/file-identity.ts'
import { verifyHeader } from '../sqlite/verify-header.ts'
import { verifyNoJournal } from '../sqlite/verify-no-journal.ts'

/**
 * Does something with databases that are whole files, and sees that nobody has changed them meanwhile.
 *
 * @throws as `verifyHeader`, `verifyNoJournal`; DM_FILE_CHANGED
 */
export async function withVerified<Result>(
  files: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  const identities = await Promise.all(
    files.map((file) =>
      withFile(file, async (opened) => {
        await verifyNoJournal(opened.path)
        await verifyHeader(opened)
        return { path: opened.path, identity: opened.identity }
      }),
    ),
  )
  const result = await work()
  for (const { path, identity } of identities) {
    await verifyNoJournal(path)
    await verifyUnchanged(path, identity)
  }
  return result
}
