import { planStaging, type Staged, stageFile } from '../../lib/change/stage-file.ts'
import { done, defineStep } from '../../lib/graph/step.ts'

/** A version that is merged, but whose bytes have left staging, could never be published. */
export const restagePending = defineStep({
  id: 'restage-pending',
  title: 'Look for a merged version with the same bytes',
  needs: ['project', 'stores', 'target', 'existing', 'database'],
  provides: [],
  required: true,
  mutates: true,
  mayEnd: true,
  skip: ({ existing }) =>
    existing === null ? { reason: 'it is a new version', facts: {} } : undefined,
  async plan({ stores, existing, database }, { signal }) {
    const key = existing?.staging_key
    const staged =
      key === undefined ? undefined : await planStaging(stores.staging, database, key, signal)
    return done(reasonOf(existing, staged))
  },
  async run({ project, stores, target: { bucket }, existing, database }, context) {
    const key = existing?.staging_key
    const { retentionMs } = project.config
    const place = { key: key ?? '', bucket, retentionMs }
    // A rollback has no bytes of its own in staging.
    const staged =
      key === undefined ? undefined : await stageFile(stores.staging, database, place, context)
    return done(reasonOf(existing, staged))
  },
})

function reasonOf(existing: { version: string } | null, staged: Staged | undefined): string {
  const waits = `${existing?.version ?? ''} waits for its publication already`
  if (staged === undefined || staged.sentBytes === 0) return waits
  return `${waits}; its bytes had left staging and are there again`
}
