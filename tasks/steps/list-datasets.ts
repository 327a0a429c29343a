import { lastFetch } from '../../lib/git/last-fetch.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { datasetRows } from '../../lib/listing/dataset-rows.ts'
import { readProposedVersions } from '../../lib/listing/proposed-versions.ts'

export const listDatasets = defineStep({
  id: 'list-datasets',
  title: 'List the datasets',
  needs: ['project', 'repository', 'base'],
  provides: ['datasets', 'asOf'],
  async run({ project, repository, base }, { signal }) {
    const path = project.config.manifest
    const proposed = await readProposedVersions(repository, base, path, signal)
    const asOf = await lastFetch(repository)
    return { datasets: datasetRows(base.manifest, proposed), asOf: asOf?.toISOString() ?? null }
  },
})
