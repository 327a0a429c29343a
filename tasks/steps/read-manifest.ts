import { readManifestAt } from '../../lib/base/base.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const readManifest = defineStep({
  id: 'read-manifest',
  title: 'Read its manifest',
  needs: ['project', 'repository', 'tip'],
  provides: ['base'],
  required: true,
  async run({ project: { config }, repository, tip }, { signal }) {
    const manifest = await readManifestAt(repository, tip.commit, config.manifest, signal)
    return { base: { ...tip, manifest } }
  },
})
