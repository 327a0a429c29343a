import { planPrune as plan } from '../../lib/change/prune.ts'
import { defineStep, done } from '../../lib/graph/step.ts'

export const planPrune = defineStep({
  id: 'plan-prune',
  title: 'Find the versions that go, and who else names their bytes',
  needs: ['base', 'proposed', 'datasetName', 'keepOption'],
  provides: ['change', 'prune'],
  required: true,
  mayEnd: true,
  run({ base: { manifest }, proposed: { find }, datasetName: dataset, keepOption: keep }) {
    const prune = plan({ manifest, dataset, keep, find })
    const facts = { change: prune, prune }
    return prune.versions.length === 0 ? done('there is nothing to delete', facts) : facts
  },
})
