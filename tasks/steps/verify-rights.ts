import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const verifyRights = defineStep({
  id: 'verify-rights',
  title: 'Check that the rights are those of the role',
  needs: ['bucketRights', 'role'],
  provides: [],
  required: true,
  run({ bucketRights, role }) {
    const buckets = bucketRights.filter(({ problems }) => problems.length > 0)
    if (buckets.length === 0) return {}
    throw new DmError('DM_RIGHTS_WRONG', { role, buckets: buckets.map(({ bucket }) => bucket) })
  },
})
