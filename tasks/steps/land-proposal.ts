import { defineStep } from '../../lib/graph/step.ts'
import { landProposal as land } from '../../lib/proposal/land-proposal.ts'

export const landProposal = defineStep({
  id: 'land-proposal',
  title: 'Push the branch, or write it here',
  needs: ['repository', 'proposal', 'commit', 'push'],
  provides: ['pushed'],
  required: true,
  mutates: true,
  skip: ({ repository, proposal, commit, push }) =>
    proposal.state === 'present' && commit === proposal.parent
      ? { reason: 'it is there already', facts: { pushed: push && repository.remote !== null } }
      : undefined,
  plan: ({ repository, proposal, push }) => ({
    pushed: push && proposal.isHere !== true && repository.remote !== null,
  }),
  async run({ repository, proposal, commit, push }, { signal }) {
    return { pushed: await land(repository, proposal, commit ?? '', push, signal) }
  },
  changed: ({ pushed, proposal: { branch, state } }) => {
    if (state === 'emptied') return `'${branch}' is deleted.`
    return `'${branch}' ${pushed ? 'is pushed' : 'is in this repository'}.`
  },
})
