import { setFlagsFromString } from 'node:v8'
import { datasetBuckets } from '../../lib/config/buckets.ts'
import { defineStep, type Step } from '../../lib/graph/step.ts'
import { takeInventory } from '../../lib/publication/inventory.ts'

/** @param options.whole all of them, however much that is; else as far as a publication looks */
export function listBuckets({ whole }: { readonly whole: boolean }): Step {
  return defineStep({
    id: 'list-buckets',
    title: 'List what lies in the buckets',
    needs: ['project', 'stores', 'base'],
    provides: ['inventory'],
    required: true,
    async run({ project, stores, base: { manifest } }, { signal }) {
      // Each object costs a request, and each of those 300 KB of garbage. By default V8 lets that pile up:
      // 2,000 objects take 190 MB; so they take 120 MB, and no more time.
      if (whole) setFlagsFromString('--optimize-for-size')
      const buckets = datasetBuckets(project.config)
      // Keys that are missing are told before anything is done.
      void stores.staging
      return { inventory: await takeInventory(manifest, buckets, stores.open, signal, whole) }
    },
  })
}
