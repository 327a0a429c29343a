import { DmError } from '../../lib/errors/dm-error.ts'
import { lastFetch } from '../../lib/git/last-fetch.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { datasetRows } from '../../lib/listing/dataset-rows.ts'
import { readProposedVersions } from '../../lib/listing/proposed-versions.ts'

export const listDatasets = defineStep({
  id: 'list-datasets',
  title: 'List the datasets',
  needs: ['project', 'repository', 'base'],
  provides: ['datasets', 'asOf'],
  async run({ project, repository, base }, { signal, notice }) {
    const path = project.config.manifest
    const { versions, unread } = await readProposedVersions(repository, base, path, signal)
    if (unread.length > 0) notice(new DmError('DM_PROPOSAL_UNREAD', { branches: unread, path }))
    const asOf = await lastFetch(repository)
    return { datasets: datasetRows(base.manifest, versions), asOf: asOf?.toISOString() ?? null }
  },
})
