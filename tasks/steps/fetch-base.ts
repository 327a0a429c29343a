import { fetchTip } from '../../lib/base/base.ts'
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
    const base = await fetchTip(repository, path, signal)
    return { base, retired: await readRetired(repository, base, path, signal) }
  },
})
