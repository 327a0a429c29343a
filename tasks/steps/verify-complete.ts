import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const verifyComplete = defineStep({
  id: 'verify-complete',
  title: 'See that nothing failed',
  needs: ['failed'],
  provides: [],
  required: true,
  run({ failed }) {
    if (failed.length > 0) throw new DmError('DM_PUBLISH_INCOMPLETE', { failed: failed.length })
    return {}
  },
})
