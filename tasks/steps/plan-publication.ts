import { scanHistory } from '../../lib/base/history.ts'
import { datasetBuckets, publicBuckets } from '../../lib/config/buckets.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { findOwn } from '../../lib/publication/hold-against-buckets.ts'
import { planPublication as makePlan } from '../../lib/publication/plan.ts'

export const planPublication = defineStep({
  id: 'plan-publication',
  title: 'Check what is pending',
  needs: [
    'project',
    'repository',
    'stores',
    'base',
    'retired',
    'inventory',
    'problems',
    'pending',
    'origins',
  ],
  provides: ['plan', 'publications'],
  required: true,
  async run(
    {
      project: { config },
      repository,
      stores,
      base,
      retired,
      inventory,
      problems,
      pending,
      origins,
    },
    { signal },
  ) {
    const plan = await makePlan({
      base,
      retired,
      inventory,
      pending,
      origins,
      blocked: new Set(problems.map(({ dataset }) => dataset)),
      buckets: datasetBuckets(config),
      isPublic: publicBuckets(config),
      isOwn: async ({ bucket, key }) =>
        (await findOwn(stores.open(bucket), key, config.formerly, signal)) !== null,
      scan: (only) => scanHistory(repository, base.commit, config.manifest, { only, signal }),
    })
    return { plan, publications: plan.publications }
  },
})
