import { definitions } from '../../lib/errors/definitions.ts'
import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const verifyComplete = defineStep({
  id: 'verify-complete',
  title: 'Check that nothing failed',
  needs: ['failed', 'problems'],
  provides: [],
  required: true,
  run({ failed, problems }) {
    if (failed.length + problems.length === 0) return {}
    const isIntegrity =
      problems.length > 0 || failed.some(({ code }) => definitions[code].exit === 3)
    if (!isIntegrity) throw new DmError('DM_PUBLISH_FAILED', { failed: failed.length })
    const counts = { failed: failed.length, problems: problems.length }
    throw new DmError('DM_PUBLISH_INCOMPLETE', counts)
  },
})
