import { highestEver } from '../../lib/base/base-history.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { chooseTarget } from '../../lib/proposal/target.ts'

export const checkTarget = defineStep({
  id: 'check-target',
  title: 'Check the name, the bucket and the fields',
  needs: ['project', 'base', 'history', 'datasetName', 'bucketOption', 'fieldOptions'],
  provides: ['target'],
  required: true,
  run({ project, base, history, datasetName, bucketOption, fieldOptions }) {
    const target = chooseTarget({
      config: project.config,
      manifest: base.manifest,
      highestEver: highestEver(history, datasetName),
      dataset: datasetName,
      bucket: bucketOption,
      fields: fieldOptions,
    })
    return { target }
  },
})
