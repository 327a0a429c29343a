import { completionScript } from '../../lib/completion/scripts.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const makeScript = defineStep({
  id: 'make-script',
  title: 'Make the script',
  needs: ['shell'],
  provides: ['script'],
  run: ({ shell }) => ({ script: completionScript(shell) }),
})
