import { defineStep } from '../../lib/graph/step.ts'

/** The next version will be compared with it. */
export const cacheDatabase = defineStep({
  id: 'cache-database',
  title: 'Keep it in the cache',
  needs: ['cacheCopy'],
  provides: [],
  mutates: true,
  plan: () => ({}),
  async run({ cacheCopy }) {
    await cacheCopy?.keep()
    return {}
  },
})
