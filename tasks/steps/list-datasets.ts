import { defineStep } from '../../lib/graph/step.ts'
import { datasetRows } from '../../lib/listing/dataset-rows.ts'

export const listDatasets = defineStep({
  id: 'list-datasets',
  title: 'List the datasets',
  needs: ['base'],
  provides: ['datasets'],
  run: ({ base }) => ({ datasets: datasetRows(base.manifest) }),
})
