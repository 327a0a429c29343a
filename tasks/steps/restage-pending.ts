import { done } from '../../lib/graph/done.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { planStaging, stageFile } from '../../lib/proposal/stage-file.ts'

/** A version that is merged, but whose bytes have left staging, could never be published. */
export const restagePending = defineStep({
  id: 'restage-pending',
  title: 'Look for a merged version with the same bytes',
  needs: [
    ...(['project', 'repositoryName', 'stores'] as const),
    ...(['database', 'previous', 'changed'] as const),
  ],
  provides: [],
  required: true,
  mutates: true,
  skip: ({ changed }) => (changed ? { reason: 'it is a new version', facts: {} } : undefined),
  async plan({ project, stores, previous, database }, { signal }) {
    const staging = stores.open(project.config.staging)
    const { sentBytes } = await planStaging(staging, database, signal)
    return done(reasonOf(previous, sentBytes))
  },
  async run({ project, repositoryName, stores, previous, database }, context) {
    const staging = stores.open(project.config.staging)
    const { sentBytes } = await stageFile(staging, database, repositoryName, context)
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
