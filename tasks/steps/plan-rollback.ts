import { highestRetired } from '../../lib/base/read-retired.ts'
import { planRollback as plan } from '../../lib/change/rollback.ts'
import { datasetBuckets, publicBuckets } from '../../lib/config/buckets.ts'
import { defineStep, done } from '../../lib/graph/step.ts'

export const planRollback = defineStep({
  id: 'plan-rollback',
  title: 'Make the entry',
  needs: [
    ...(['project', 'base', 'retired'] as const),
    ...(['datasetName', 'toOption', 'message', 'disclose'] as const),
  ],
  provides: ['change', 'rollback', 'target', 'entry'],
  required: true,
  mayEnd: true,
  run({ project: { config, clock }, base, retired, ...given }) {
    const rollback = plan({
      manifest: base.manifest,
      name: given.datasetName,
      to: given.toOption,
      retired: (dataset) => highestRetired(retired, dataset),
      date: clock(),
      message: given.message,
      disclose: given.disclose,
      buckets: datasetBuckets(config),
      isPublic: publicBuckets(config),
    })
    const { existing, target, entry } = rollback
    const facts = { change: rollback, rollback, target, entry }
    return existing === null ? facts : done(`${existing.version} has these bytes already`, facts)
  },
})
