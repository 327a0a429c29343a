import { datasetBuckets } from '../../lib/config/buckets.ts'
import { DmError, toProblem } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import {
  findOwnOrphans,
  holdAgainstBuckets as hold,
} from '../../lib/publication/hold-against-buckets.ts'

export const holdAgainstBuckets = defineStep({
  id: 'hold-against-buckets',
  title: 'Compare the manifest with its buckets',
  needs: ['project', 'stores', 'base', 'retired', 'inventory'],
  provides: ['problems'],
  required: true,
  async run({ project: { config }, stores, base, retired, inventory }, { signal, notice }) {
    const faults = hold(base.manifest, inventory, datasetBuckets(config))
    const problems = faults.map(({ error, ...version }) => toProblem(error, version))
    if (retired.problem !== null) {
      problems.push(toProblem(retired.problem, { dataset: '', version: null }))
    }
    const { partial } = inventory
    if (partial.length > 0) notice(new DmError('DM_INVENTORY_PARTIAL', { buckets: partial }))
    const owners = { formerly: config.formerly, open: stores.open, signal }
    const { orphans, more } = await findOwnOrphans(base.manifest, retired.list, inventory, owners)
    for (const [bucket, list] of Map.groupBy(orphans, (one) => one.bucket)) {
      const keys = list.map(({ key }) => key)
      notice(new DmError('DM_OBJECT_ORPHAN', { bucket, keys, more }))
    }
    return { problems }
  },
})
