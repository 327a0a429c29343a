import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const verifyRemoved = defineStep({
  id: 'verify-removed',
  title: 'Check that nothing failed',
  needs: ['unremoved'],
  provides: [],
  required: true,
  run({ unremoved }) {
    if (unremoved > 0) throw new DmError('DM_CLEANUP_INCOMPLETE', { failed: unremoved })
    return {}
  },
})
