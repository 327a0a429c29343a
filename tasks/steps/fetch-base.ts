import { fetchTip } from '../../lib/base/base.ts'
import { defineStep } from '../../lib/graph/step.ts'

export const fetchBase = defineStep({
  id: 'fetch-base',
  title: 'Fetch the base',
  needs: ['repository'],
  provides: ['tip'],
  required: true,
  async run({ repository }, { signal }) {
    return { tip: await fetchTip(repository, signal, { withPullRequests: true }) }
  },
})
