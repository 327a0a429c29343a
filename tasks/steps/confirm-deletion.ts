import { verifyConfirmed } from '../../lib/change/deletion.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const confirmDeletion = defineStep({
  id: 'confirm-deletion',
  title: 'Check that the name was given',
  needs: ['deletion', 'confirmOption', 'seenDeletion?'],
  provides: [],
  required: true,
  mutates: true, // only what is really done must be confirmed
  plan: () => ({}),
  run({ deletion, confirmOption, seenDeletion }) {
    verifyConfirmed(deletion, confirmOption, seenDeletion)
    return {}
  },
})
