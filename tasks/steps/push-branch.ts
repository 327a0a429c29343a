import { defineStep } from '../../lib/graph/step.ts'
import { pushProposal } from '../../lib/proposal/push-proposal.ts'

export const pushBranch = defineStep({
  id: 'push-branch',
  title: 'Push the branch',
  needs: ['repository', 'proposal', 'commit', 'push'],
  provides: ['pushed'],
  required: true,
  mutates: true,
  skip({ repository, push, proposal }) {
    if (repository.remote === null) return { reason: 'no remote', facts: { pushed: false } }
    if (!push) return { reason: '--no-push', facts: { pushed: false } }
    if (proposal.state !== 'present') return undefined
    return { reason: 'it is there already', facts: { pushed: true } }
  },
  plan: () => ({ pushed: true }),
  async run({ repository, proposal, commit }, { signal }) {
    if (commit !== null) await pushProposal(repository, proposal, commit, signal)
    return { pushed: true }
  },
  changed: () => 'The branch is pushed.',
})
