import { defineStep } from '../../lib/graph/step.ts'
import { checkProposal as check } from '../../lib/review/check-proposal.ts'

export const checkProposal = defineStep({
  id: 'check-proposal',
  title: 'Hold what is proposed against the rules',
  needs: ['project', 'repository', 'reviewed'],
  provides: ['checked'],
  required: true,
  async run({ project: { config, clock }, repository, reviewed }, { signal, notice }) {
    const checked = await check(repository, reviewed, { config, now: clock(), signal })
    for (const note of checked.notices) notice(note)
    return { checked }
  },
})
