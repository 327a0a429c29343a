import { packFor } from '../../lib/change/pack-for.ts'
import { planStaging, type Staged, stageFile } from '../../lib/change/stage-file.ts'
import { done, defineStep } from '../../lib/graph/step.ts'
import { parseStagingKey } from '../../lib/manifest/keys.ts'

/** A version that is merged, but whose bytes have left staging, could never be published. */
export const restagePending = defineStep({
  id: 'restage-pending',
  title: 'Look for a merged version with the same bytes',
  needs: [
    ...(['project', 'stores', 'base', 'target', 'existing'] as const),
    ...(['database', 'compressed'] as const),
  ],
  provides: [],
  required: true,
  mutates: true,
  mayEnd: true,
  skip: ({ existing }) =>
    existing === null ? { reason: 'it is a new version', facts: {} } : undefined,
  async plan({ stores, existing, database: { bytes } }, { signal }) {
    const key = existing?.staging_key
    if (key === undefined) return done(reasonOf(existing, undefined))
    const { form } = parseStagingKey(key) ?? { form: 'whole' }
    return done(reasonOf(existing, await planStaging(stores.staging, { bytes, form }, key, signal)))
  },
  async run({ project, stores, base, target, existing, database, compressed }, context) {
    const key = existing?.staging_key
    // A rollback has no bytes of its own in staging.
    if (existing === null || key === undefined) return done(reasonOf(existing, undefined))
    const { manifest } = base
    const { dataset, bucket } = target
    const made = [compressed?.packed ?? null]
    const request = { project, stores, manifest, dataset, entry: existing, database, made }
    const place = { key, bucket, retentionMs: project.config.retentionMs }
    const packed = await packFor(request, context)
    const staged = await stageFile(stores.staging, packed, place, context)
    return done(reasonOf(existing, staged))
  },
})

function reasonOf(existing: { version: string } | null, staged: Staged | undefined): string {
  const waits = `${existing?.version ?? ''} waits for its publication already`
  if (staged === undefined || staged.sentBytes === 0) return waits
  return `${waits}; its bytes had left staging and are there again`
}
