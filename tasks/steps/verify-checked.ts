import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const verifyChecked = defineStep({
  id: 'verify-checked',
  title: 'See that there are no problems',
  needs: ['checked', 'checkedStaged'],
  provides: [],
  required: true,
  run({ checked, checkedStaged }) {
    const count = checked.problems.length + checkedStaged.problems.length
    if (count > 0) throw new DmError('DM_CHECK_PROBLEMS', { count })
    return {}
  },
})
