import { defineStep } from '../../lib/graph/step.ts'
import { clearCache as clear } from '../../lib/transfer/tend-cache.ts'

export const clearCache = defineStep({
  id: 'clear-cache',
  title: 'Clear the cache',
  needs: ['env', 'cacheAction'],
  provides: [],
  mutates: true,
  skip: ({ cacheAction }) =>
    cacheAction === 'clear' ? undefined : { reason: 'it is only shown', facts: {} },
  plan: () => ({}),
  async run({ env }) {
    await clear(env)
    return {}
  },
})
