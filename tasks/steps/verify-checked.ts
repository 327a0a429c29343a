import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { summarizeCheck } from '../../lib/review/summarize-check.ts'

export const verifyChecked = defineStep({
  id: 'verify-checked',
  title: 'Check that there are no problems',
  needs: ['checked', 'checkedStaged', 'falseDiffs', 'limitProblems'],
  provides: [],
  required: true,
  run(facts) {
    const { length: count } = summarizeCheck(facts).problems
    if (count > 0) throw new DmError('DM_CHECK_PROBLEMS', { count })
    return {}
  },
})
