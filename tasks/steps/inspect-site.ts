import { defineStep } from '../../lib/graph/step.ts'
import { inspectSite as inspect } from '../../lib/setup/site.ts'

export const inspectSite = defineStep({
  id: 'inspect-site',
  title: 'Look at what is there',
  needs: ['folder', 'env'],
  provides: ['site'],
  required: true,
  async run({ folder, env }, { signal }) {
    return { site: await inspect(folder, env, signal) }
  },
})
