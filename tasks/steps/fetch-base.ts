import { fetchTip, readManifestAt } from '../../lib/base/base.ts'
import { readRetired } from '../../lib/base/read-retired.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const fetchBase = defineStep({
  id: 'fetch-base',
  title: 'Fetch the base and read its manifest',
  needs: ['project', 'repository'],
  provides: ['base', 'retired'],
  required: true,
  async run({ project, repository }, { signal }) {
    const { manifest: path } = project.config
    const tip = await fetchTip(repository, signal)
    // Git walks the history while this process reads the manifest.
    const [manifest, retired] = await Promise.all([
      readManifestAt(repository, tip.commit, path, signal),
      readRetired(repository, tip.commit, path, signal),
    ])
    return { base: { ...tip, manifest }, retired }
  },
})
