import { defineStep } from '../../lib/graph/step.ts'
import { sweep } from '../../lib/publication/sweep.ts'

export const findDue = defineStep({
  id: 'find-due',
  title: 'Look for what a cleanup would remove',
  needs: ['project', 'repository', 'stores'],
  provides: ['swept'],
  async run({ project: { config }, repository, stores: { staging, open } }, { signal, notice }) {
    return { swept: await sweep({ repository, config, staging, open, signal, notice }, true) }
  },
})
