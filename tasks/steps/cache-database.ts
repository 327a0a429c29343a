import { defineStep } from '../../lib/graph/step.ts'
import { openCache } from '../../lib/transfer/cache.ts'

/** The next version will be compared with it. */
export const cacheDatabase = defineStep({
  id: 'cache-database',
  title: 'Keep it in the cache',
  needs: ['project', 'database'],
  provides: [],
  mutates: true,
  plan: () => ({}),
  async run({ project: { config, env }, database }, { signal }) {
    const cache = await openCache(env, config.cache.size)
    await cache.put(database, signal)
    return {}
  },
})
