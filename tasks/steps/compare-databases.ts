import { compareFiles } from '../../lib/diff/compare-files.ts'
import { withVerified } from '../../lib/diff/verify-still.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const compareDatabases = defineStep({
  id: 'compare-databases',
  title: 'Compare the databases',
  needs: ['project', 'diffDatabases', 'diffFormat', 'proveWanted', 'fullWanted'],
  provides: ['compared'],
  async run({ project: { env }, diffDatabases, ...facts }, { signal, report, dispose }) {
    const { diffFormat, proveWanted: prove, fullWanted: rows } = facts
    const [before, after] = diffDatabases
    const sql = diffFormat === 'sql' || prove
    const wishes = { env, signal, report, sql, rows, prove }
    const compared = await withVerified([before.path, after.path], () =>
      compareFiles(before, after, wishes, dispose),
    )
    return { compared }
  },
})
