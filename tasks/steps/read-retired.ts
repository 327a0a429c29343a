import { readRetired as read } from '../../lib/base/read-retired.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const readRetired = defineStep({
  id: 'read-retired',
  title: 'Read what it has given up',
  needs: ['project', 'repository', 'tip'],
  provides: ['retired'],
  required: true,
  async run({ project: { config }, repository, tip }, { signal }) {
    return { retired: await read(repository, tip.commit, config.manifest, signal) }
  },
})
