import { compareFiles } from '../../lib/diff/compare-files.ts'
import { reasonNotToDiff } from '../../lib/diff/version-diff.ts'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { verifyUnchanged } from '../../lib/files/file-identity.ts'
import { defineStep } from '../../lib/graph/step.ts'

/** Beside the checks: it takes about as long as these. What is said of it comes later. */
export const compareRows = defineStep({
  id: 'compare-rows',
  title: 'Compare its rows with those of the version before',
  needs: ['project', 'target', 'diffWanted', 'database', 'previous'],
  provides: ['rowDiff'],
  skip: ({ project, target, diffWanted, previous }) => {
    const facts = { rowDiff: null }
    if (previous === null) return { reason: 'there is nothing to compare with', facts }
    const reason = reasonNotToDiff(project, target.bucket, diffWanted)
    return reason === null ? undefined : { reason, facts }
  },
  async run({ project: { env }, target, database, previous }, context) {
    const { signal, report, notice, dispose } = context
    if (previous === null) return { rowDiff: null }
    try {
      const file = { path: database.path, label: `${target.dataset} ${target.version}` }
      const pages = previous.comparison?.shared?.pages
      const wishes = { env, signal, report, sql: true, pages }
      const { diff } = await compareFiles(previous, file, wishes, dispose)
      await verifyUnchanged(database.path, database.identity)
      return { rowDiff: diff }
    } catch (error) {
      signal.throwIfAborted()
      if (isDmError(error, 'DM_FILE_CHANGED')) throw error
      notice(`There is no diff: ${error instanceof Error ? error.message : String(error)}`)
      return { rowDiff: null }
    }
  },
})
