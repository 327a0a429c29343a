import { defineStep } from '../../lib/graph/step.ts'
import { commitProposal as commit, hasDiff } from '../../lib/proposal/land-proposal.ts'

export const commitProposal = defineStep({
  id: 'commit-proposal',
  title: 'Commit the proposal',
  needs: ['project', 'repository', 'change', 'proposal', 'message', 'storedDiff?'],
  provides: ['commit'],
  required: true,
  mutates: true,
  async skip({ project, repository, change, proposal, storedDiff }, { signal }) {
    const { state, branch, parent, isRenewable } = proposal
    if (state === 'emptied') return { reason: 'nothing is left', facts: { commit: null } }
    if (state !== 'present') return undefined
    const diff = isRenewable === true ? (storedDiff ?? null) : null
    const { manifest: manifestPath } = project.config
    const place = { commit: parent, manifestPath, dataset: change.dataset }
    if (diff !== null && !(await hasDiff(repository, place, diff, signal))) return undefined
    return { reason: `'${branch}' proposes it already`, facts: { commit: parent } }
  },
  plan: () => ({ commit: null }),
  async run({ project, repository, change, proposal, storedDiff = null, ...facts }, { signal }) {
    const { manifest: manifestPath } = project.config
    const renewal = `Store the diff of ${change.dataset} ${storedDiff?.version ?? ''}`
    const message = facts.message ?? (proposal.state === 'present' ? renewal : undefined)
    const text = { manifestPath, change, message, date: project.clock(), diff: storedDiff }
    return { commit: await commit(repository, proposal, text, signal) }
  },
})
