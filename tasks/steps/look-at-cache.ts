import { defineStep } from '../../lib/graph/step.ts'
import { readCache } from '../../lib/transfer/tend-cache.ts'

export const lookAtCache = defineStep({
  id: 'look-at-cache',
  title: 'Look at the cache',
  needs: ['env'],
  provides: ['cacheState'],
  run: async ({ env }) => ({ cacheState: await readCache(env) }),
})
