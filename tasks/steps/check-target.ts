import { scanHistory } from '../../lib/base/history.ts'
import { highestRetired } from '../../lib/base/read-retired.ts'
import { chooseTarget } from '../../lib/change/target.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { findDataset } from '../../lib/manifest/lookup.ts'

export const checkTarget = defineStep({
  id: 'check-target',
  title: 'Check the name, the bucket and the fields',
  needs: [
    ...(['project', 'repository', 'stores', 'base', 'retired'] as const),
    ...(['datasetName', 'bucketOption', 'fieldOptions'] as const),
  ],
  provides: ['target'],
  required: true,
  async run({ project, repository, stores, base, retired, ...given }, { signal }) {
    const { datasetName: dataset, bucketOption, fieldOptions } = given
    const { config } = project
    const request = {
      config,
      manifest: base.manifest,
      dataset,
      bucket: bucketOption,
      fields: fieldOptions,
    }
    const target = chooseTarget({ ...request, retired: highestRetired(retired, dataset) })
    // Keys that are missing are told before the file is hashed.
    void stores.staging
    // Until something is given up for the first time, only the history knows what is gone.
    if (retired.list !== null || findDataset(base.manifest, dataset) !== undefined) {
      return { target }
    }
    const only = [dataset]
    const { highest } = await scanHistory(repository, base.commit, config.manifest, {
      only,
      signal,
    })
    return { target: chooseTarget({ ...request, retired: highest.get(dataset) ?? 0 }) }
  },
})
