import { defineStep } from '../../lib/graph/step.ts'
import { findReviewed as find } from '../../lib/review/proposal.ts'

export const findReviewed = defineStep({
  id: 'find-reviewed',
  title: 'Find where the proposal left the base',
  needs: ['repository', 'baseOption', 'headOption'],
  provides: ['reviewed'],
  required: true,
  async run({ repository, baseOption: base, headOption: head }, { signal }) {
    return { reviewed: await find(repository, { base, head }, signal) }
  },
})
