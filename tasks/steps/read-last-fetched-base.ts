import { readBase } from '../../lib/base/base.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const readLastFetchedBase = defineStep({
  id: 'read-last-fetched-base',
  title: 'Read the manifest as it was last fetched',
  needs: ['project', 'repository'],
  provides: ['base'],
  async run({ project, repository }, { signal }) {
    return { base: await readBase(repository, project.config.manifest, signal) }
  },
})
