import { readBaseHistory } from '../../lib/base/base-history.ts'
import { readManifestAt } from '../../lib/base/read-manifest-at.ts'
import { ensureFullHistory } from '../../lib/git/ensure-full-history.ts'
import { fetchBase } from '../../lib/git/fetch-base.ts'
import { readBase } from '../../lib/git/read-base.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const fetchHistory = defineStep({
  id: 'fetch-history',
  title: 'Fetch the base and read how its manifest came to be',
  needs: ['project', 'repository'],
  provides: ['base', 'history'],
  required: true,
  async run({ project, repository }, { signal }) {
    const { manifest: path } = project.config
    await fetchBase(repository, signal)
    await ensureFullHistory(repository, signal)
    const commit = await readBase(repository, signal)
    const manifest = await readManifestAt(repository, commit, path, signal)
    const history = await readBaseHistory(repository, commit, path, signal)
    return { base: { commit, manifest }, history }
  },
})
