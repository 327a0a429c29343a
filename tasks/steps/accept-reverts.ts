import { defineStep } from '../../lib/graph/step.ts'
import { verifyReverts } from '../../lib/proposal/rebase.ts'

export const acceptReverts = defineStep({
  id: 'accept-reverts',
  title: 'Check what of others it would undo',
  needs: ['rebase', 'reverts', 'revertsAccepted'],
  provides: [],
  required: true,
  mutates: true, // only what is really done must be accepted
  plan: () => ({}),
  run({ rebase, reverts, revertsAccepted }) {
    verifyReverts(rebase, reverts, revertsAccepted)
    return {}
  },
})
