import { defineStep } from '../../lib/graph/step.ts'
import { stageFile } from '../../lib/proposal/stage-file.ts'

/**
 * Until the branch is pushed nothing refers to the staged bytes, so that a publication of the same
 * bytes that runs at the same time may remove them.
 */
export const confirmStaged = defineStep({
  id: 'confirm-staged',
  title: 'See that the bytes are still in staging',
  needs: ['stores', 'database'],
  provides: [],
  required: true,
  mutates: true,
  plan: () => ({}),
  async run({ stores, database }, context) {
    await stageFile(stores.staging, database, context)
    return {}
  },
})
