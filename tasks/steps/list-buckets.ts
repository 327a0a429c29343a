import { datasetBuckets } from '../../lib/config/buckets.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { takeInventory } from '../../lib/publication/inventory.ts'

export const listBuckets = defineStep({
  id: 'list-buckets',
  title: 'List what lies in the buckets',
  needs: ['project', 'stores', 'base'],
  provides: ['inventory'],
  async run({ project, stores, base: { manifest } }, { signal }) {
    const buckets = datasetBuckets(project.config)
    // Keys that are missing are told before anything is done.
    void stores.staging
    return { inventory: await takeInventory(manifest, buckets, stores.open, signal, true) }
  },
})
