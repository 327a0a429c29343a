import { planDeletion as plan } from '../../lib/change/deletion.ts'
import { defineStep, done } from '../../lib/graph/step.ts'

export const planDeletion = defineStep({
  id: 'plan-deletion',
  title: 'Find what goes, and who else names its bytes',
  needs: ['base', 'proposed', 'datasetName'],
  provides: ['change', 'deletion'],
  required: true,
  mayEnd: true,
  run({ base: { manifest }, proposed: { find }, datasetName: name }) {
    const deletion = plan({ manifest, name, find })
    const facts = { change: deletion, deletion }
    return deletion.versions.length === 0 ? done('it is marked already', facts) : facts
  },
})
