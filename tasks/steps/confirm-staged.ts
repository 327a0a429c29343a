import { stageFile } from '../../lib/change/stage-file.ts'
import { defineStep } from '../../lib/graph/step.ts'

/**
 * Until the branch is pushed nothing refers to the staged bytes, so that a sweep that runs at the
 * same time may remove old ones.
 */
export const confirmStaged = defineStep({
  id: 'confirm-staged',
  title: 'Check that the bytes are still in staging',
  needs: ['project', 'stores', 'database', 'target', 'entry'],
  provides: [],
  required: true,
  mutates: true,
  plan: () => ({}),
  async run({ project, stores, database, target, entry }, context) {
    const { retentionMs } = project.config
    const place = { key: entry.staging_key ?? '', bucket: target.bucket, retentionMs }
    await stageFile(stores.staging, database, place, context)
    return {}
  },
})
