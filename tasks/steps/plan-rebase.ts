import { defineStep } from '../../lib/graph/step.ts'
import { planRebase as plan } from '../../lib/proposal/rebase.ts'

export const planRebase = defineStep({
  id: 'plan-rebase',
  title: 'Find the proposal, and its place on the base',
  needs: [
    ...(['project', 'repository', 'identity', 'base', 'retired'] as const),
    ...(['proposed', 'datasetName', 'push'] as const),
  ],
  provides: ['rebase', 'change', 'target', 'entry', 'proposal'],
  required: true,
  async run({ project: { config }, datasetName: name, ...given }, { signal }) {
    const { manifest: path, staging } = config
    const rebase = await plan({ ...given, name, path, staging }, signal)
    const { change, proposal } = rebase
    const { dataset, bucket, entry } = change
    const target = { dataset, bucket, version: entry.version, fields: {} }
    return { rebase, change, target, entry, proposal }
  },
})
