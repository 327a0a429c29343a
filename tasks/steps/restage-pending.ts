import { done } from '../../lib/graph/done.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { planStaging, stageFile } from '../../lib/proposal/stage-file.ts'

/** A version that is merged, but whose bytes have left staging, could never be published. */
export const restagePending = defineStep({
  id: 'restage-pending',
  title: 'Look for a merged version with the same bytes',
  needs: ['stores', 'database', 'previous', 'changed'],
  provides: [],
  required: true,
  mayEnd: true,
  mutates: true,
  skip: ({ changed }) => (changed ? { reason: 'it is a new version', facts: {} } : undefined),
  async plan({ stores, previous, database }, { signal }) {
    const { sentBytes } = await planStaging(stores.staging, database, signal)
    return done(reasonOf(previous, sentBytes))
  },
  async run({ stores, previous, database }, context) {
    const { sentBytes } = await stageFile(stores.staging, database, context)
    if (sentBytes > 0) context.notice(`${reasonOf(previous, sentBytes)}.`)
    return done(reasonOf(previous, sentBytes))
  },
})

function reasonOf(previous: { readonly version: string } | null, sentBytes: number): string {
  const version = previous?.version ?? ''
  return sentBytes === 0
    ? `${version} waits for its publication already`
    : `${version} waits for its publication already; its bytes had left staging and are there again`
}
