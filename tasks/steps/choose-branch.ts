import { defineStep } from '../../lib/graph/step.ts'
import { planProposal } from '../../lib/proposal/plan-proposal.ts'

export const chooseBranch = defineStep({
  id: 'choose-branch',
  title: 'Choose the branch',
  needs: ['project', 'repository', 'identity', 'base', 'change', 'push'],
  provides: ['proposal'],
  required: true,
  async run({ project, repository, identity, base, change, push }, { signal }) {
    const { manifest: manifestPath } = project.config
    const request = { repository, identity, base, change, push, manifestPath }
    return { proposal: await planProposal(request, signal) }
  },
})
