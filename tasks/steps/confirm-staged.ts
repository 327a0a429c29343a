import { stageFile } from '../../lib/change/stage-file.ts'
import { defineStep } from '../../lib/graph/step.ts'

/**
 * Until the branch is pushed nothing refers to the staged bytes, so that a sweep that runs at the
 * same time may remove old ones.
 */
export const confirmStaged = defineStep({
  id: 'confirm-staged',
  title: 'Check that the bytes are still in staging',
  needs: ['project', 'stores', 'target', 'staged', 'sent'],
  provides: [],
  required: true,
  mutates: true,
  plan: () => ({}),
  async run({ project, stores, target: { bucket }, staged, sent }, context) {
    if (staged === null) return {}
    const place = { key: staged.key, bucket, retentionMs: project.config.retentionMs }
    await stageFile(stores.staging, sent, place, context)
    return {}
  },
})
