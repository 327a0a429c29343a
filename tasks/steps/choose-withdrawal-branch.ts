import { defineStep } from '../../lib/graph/step.ts'
import { planProposal } from '../../lib/proposal/plan-proposal.ts'
import { planOnOwnBranch } from '../../lib/proposal/withdrawal.ts'

export const chooseWithdrawalBranch = defineStep({
  id: 'choose-withdrawal-branch',
  title: 'Choose the branch',
  needs: [
    ...(['project', 'repository', 'identity', 'base'] as const),
    ...(['found', 'change', 'push'] as const),
  ],
  provides: ['proposal'],
  required: true,
  async run({ project, found, change, ...given }, { signal }) {
    const { manifest: path } = project.config
    const { branch = null, isHere = false } = 'withdrawal' in found ? found.withdrawal : {}
    if (branch === null) {
      return { proposal: await planProposal({ ...given, change, manifestPath: path }, signal) }
    }
    const place = { branch, isHere }
    return { proposal: await planOnOwnBranch({ ...given, path }, place, change, signal) }
  },
})
