import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const verifyAudited = defineStep({
  id: 'verify-audited',
  title: 'Check that there are no problems',
  needs: ['audited', 'historyProblems'],
  provides: [],
  required: true,
  run({ audited: { problems }, historyProblems }) {
    const count = problems.length + historyProblems.length
    if (count > 0) throw new DmError('DM_AUDIT_PROBLEMS', { count })
    return {}
  },
})
