import { keepStaged as keep, planKeeping } from '../../lib/change/keep-staged.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const keepStaged = defineStep({
  id: 'keep-staged',
  title: 'Check that the bytes are in staging',
  needs: ['project', 'stores', 'entry', 'rebase'],
  provides: ['staged'],
  required: true,
  mutates: true,
  async plan({ stores, entry, rebase: { dataset } }, { signal }) {
    return { staged: await planKeeping(() => stores.staging, dataset, entry, signal) }
  },
  async run({ project, stores, entry, rebase: { dataset } }, { signal }) {
    const { retentionMs } = project.config
    return { staged: await keep(() => stores.staging, dataset, entry, retentionMs, signal) }
  },
})
