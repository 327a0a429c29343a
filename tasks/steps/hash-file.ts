import { reasonNotToDiff } from '../../lib/diff/version-diff.ts'
import { hashFile as hash } from '../../lib/files/hash-file.ts'
import { makeScratchUntil } from '../../lib/files/scratch.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { hashBeside } from '../../lib/transfer/pack/hash-beside.ts'
import { readDatabase } from '../../lib/transfer/pack/read-database.ts'

/** Reads the file once: what else needs all of its bytes is given them on the way. */
export const hashFile = defineStep({
  id: 'hash-file',
  title: 'Hash the file',
  needs: ['project', 'file', 'target', 'predecessor', 'diffWanted'],
  provides: ['database', 'comparison', 'compressed'],
  required: true,
  async run({ project, file, target, predecessor, diffWanted }, context) {
    const { signal, report, notice, dispose } = context
    const onProgress = (done: number, total: number): void => report({ done, total })
    const lent = predecessor?.lent ?? null
    if (lent !== null) {
      const { database, comparison } = await hashBeside(file, lent.path, { signal, onProgress })
      const isIt = comparison?.base.sha256 === predecessor?.entry.sha256
      if (!isIt) await lent.drop()
      return { database, comparison: isIt ? comparison : null, compressed: null }
    }
    const { compression } = project.config
    // It is compared with the version before, and then sent as what differs, more often than not.
    const isCompared =
      predecessor !== null && reasonNotToDiff(project, target.bucket, diffWanted) === null
    if (compression === null || isCompared) {
      const database = await hash(file, { signal, onProgress })
      return { database, comparison: null, compressed: null }
    }
    const openScratch = (): Promise<string> => makeScratchUntil(dispose)
    const options = { level: compression.level, openScratch, signal, onProgress }
    const { database, compressed, failure } = await readDatabase(file, options)
    if (failure !== null) notice(failure)
    return { database, comparison: null, compressed: { packed: compressed } }
  },
})
