import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const verifyChecked = defineStep({
  id: 'verify-checked',
  title: 'See that there are no problems',
  needs: ['checked', 'checkedStaged', 'falseDiffs', 'limitProblems'],
  provides: [],
  required: true,
  run({ checked, checkedStaged, falseDiffs, limitProblems }) {
    const ofData = [...limitProblems, ...falseDiffs]
    const { length } = [...ofData, ...checked.problems, ...checkedStaged.problems]
    if (length > 0) throw new DmError('DM_CHECK_PROBLEMS', { count: length })
    return {}
  },
})
