import { defineStep } from '../../lib/graph/step.ts'
import { readDifferences } from '../../lib/proposal/differences.ts'
import { findOthers } from '../../lib/proposal/others.ts'
import { DmError } from '../../lib/errors/dm-error.ts'

export const listChanges = defineStep({
  id: 'list-changes',
  title: 'List what would be different',
  needs: ['project', 'repository', 'base', 'change', 'proposal', 'proposed?'],
  provides: [],
  lists: true,
  required: true, // before anything is changed anywhere
  async run({ project, repository, base, change, proposal, proposed }, { report, notice, signal }) {
    const path = project.config.manifest
    const lines = await readDifferences(repository, { base, proposal, change, path }, signal)
    for (const line of lines) report(line)
    const others = findOthers(proposed?.proposals ?? [], change.dataset, proposal.branch)
    if (others.length > 0) {
      notice(new DmError('DM_PROPOSAL_OTHERS', { dataset: change.dataset, others }))
    }
    return {}
  },
})
