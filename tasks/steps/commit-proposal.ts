import { defineStep } from '../../lib/graph/step.ts'
import { commitProposal as commit } from '../../lib/proposal/land-proposal.ts'

export const commitProposal = defineStep({
  id: 'commit-proposal',
  title: 'Commit the proposal',
  needs: ['project', 'repository', 'change', 'proposal', 'message', 'storedDiff?'],
  provides: ['commit'],
  required: true,
  mutates: true,
  skip: ({ proposal: { state, branch, parent } }) => {
    if (state === 'emptied') return { reason: 'nothing is left', facts: { commit: null } }
    if (state !== 'present') return undefined
    return { reason: `'${branch}' proposes it already`, facts: { commit: parent } }
  },
  plan: () => ({ commit: null }),
  async run({ project, repository, change, proposal, message, storedDiff = null }, { signal }) {
    const { manifest: manifestPath } = project.config
    const text = { manifestPath, change, message, date: project.clock(), diff: storedDiff }
    return { commit: await commit(repository, proposal, text, signal) }
  },
})
