import { defineStep } from '../../lib/graph/step.ts'
import { datasetBuckets } from '../../lib/proposal/target.ts'
import { findLeftovers } from '../../lib/publication/find-leftovers.ts'
import { planPublication as plan } from '../../lib/publication/plan-publication.ts'

export const planPublication = defineStep({
  id: 'plan-publication',
  title: 'Check what is pending',
  needs: ['project', 'base', 'history'],
  provides: ['publications', 'deletions', 'rejections', 'leftovers'],
  required: true,
  run({ project, base, history }) {
    const { config } = project
    return {
      ...plan(base, history, datasetBuckets(config)),
      leftovers: findLeftovers(history, config.staging),
    }
  },
})
