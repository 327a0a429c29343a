import { report } from '../../lib/graph/operation.ts'
import { describeRemovals } from './removals.ts'

/** What was removed, what was kept and why, and which uploads were given up. */
export const cleanupReport = report({
  needs: ['swept', 'aborted'],
  result: ({ swept, aborted = [] }) => ({
    removed: swept?.removed ?? [],
    kept: swept?.kept ?? [],
    aborted,
  }),
  text: ({ removed, kept, aborted }, { dryRun, outcome, width }) => {
    const lines = describeRemovals({ removed, kept, aborted, all: true }, { dryRun, width })
    if (lines.length === 0 && outcome === 'succeeded') return 'Nothing is due.'
    return lines.join('\n')
  },
  alsoOnFailure: true,
})
