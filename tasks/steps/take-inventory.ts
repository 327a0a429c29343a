import { datasetBuckets } from '../../lib/config/buckets.ts'
import { DmError, toProblem } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { takeInventory as take } from '../../lib/publication/inventory.ts'
import { findOwnOrphans, holdAgainstBuckets } from '../../lib/publication/hold-against-buckets.ts'

export const takeInventory = defineStep({
  id: 'take-inventory',
  title: 'Hold the manifest against its buckets',
  needs: ['project', 'stores', 'base', 'retired'],
  provides: ['inventory', 'problems'],
  required: true,
  async run({ project: { config }, stores, base, retired }, { signal, notice }) {
    const buckets = datasetBuckets(config)
    // Keys that are missing are told before anything is done.
    void stores.staging
    const inventory = await take(base.manifest, buckets, stores.open, signal)
    const faults = holdAgainstBuckets(base.manifest, inventory, buckets)
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
    return { inventory, problems }
  },
})
