import { readManifestAt } from '../../lib/base/base.ts'
import { readBase } from '../../lib/git/base.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const readLastFetchedBase = defineStep({
  id: 'read-last-fetched-base',
  title: 'Read the manifest as it was last fetched',
  needs: ['project', 'repository'],
  provides: ['base'],
  async run({ project, repository }, { signal }) {
    const commit = await readBase(repository, signal)
    const manifest = await readManifestAt(repository, commit, project.config.manifest, signal)
    return { base: { commit, manifest } }
  },
})
