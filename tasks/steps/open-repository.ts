import { openDataRepository } from '../../lib/base/open-data-repository.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const openRepository = defineStep({
  id: 'open-repository',
  title: 'Open the data repository',
  needs: ['project'],
  provides: ['repository', 'repositoryName', 'stores'],
  async run({ project }, { signal }) {
    return { ...(await openDataRepository(project, signal)) }
  },
})
