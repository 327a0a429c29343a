import { findOrigins } from '../../lib/base/find-origins.ts'
import { pastStates, scanHistory } from '../../lib/base/history.ts'
import { datasetBuckets, publicBuckets } from '../../lib/config/buckets.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { entriesToPublish, planPublication as makePlan } from '../../lib/publication/plan.ts'

export const planPublication = defineStep({
  id: 'plan-publication',
  title: 'Check what is pending',
  needs: ['project', 'repository', 'base', 'retired', 'inventory', 'problems'],
  provides: ['plan', 'publications'],
  required: true,
  async run({ project: { config }, repository, base, retired, inventory, problems }, { signal }) {
    const { manifest: path } = config
    const pending = entriesToPublish(base)
    const datasets = new Set(pending.map(({ dataset }) => dataset.fileName))
    const states = pastStates(repository, base, path, { only: datasets, signal })
    const plan = await makePlan({
      base,
      retired,
      inventory,
      pending,
      origins: await findOrigins(pending, states),
      blocked: new Set(problems.map(({ dataset }) => dataset)),
      buckets: datasetBuckets(config),
      isPublic: publicBuckets(config),
      scan: (only) => scanHistory(repository, base.commit, path, { only, signal }),
    })
    return { plan, publications: plan.publications }
  },
})
