import { defineStep } from '../../lib/graph/step.ts'
import { openCache } from '../../lib/transfer/cache.ts'

/** Beside the checks: it takes as long as writing the file does, and is in nobody's way. */
export const copyDatabase = defineStep({
  id: 'copy-database',
  title: 'Copy it for the cache',
  needs: ['project', 'database', 'existing'],
  provides: ['cacheCopy'],
  mutates: true,
  plan: () => ({ cacheCopy: null }),
  skip: ({ existing }) =>
    existing === null ? undefined : { reason: 'it is no new version', facts: { cacheCopy: null } },
  async run({ project: { config, env }, database }, { signal, dispose }) {
    const cache = await openCache(env, config.cache.size)
    const cacheCopy = await cache.copy(database, signal)
    if (cacheCopy !== null) dispose(cacheCopy.release)
    return { cacheCopy }
  },
})
