import { findPredecessor } from '../../lib/diff/version-diff.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { openCache } from '../../lib/transfer/cache.ts'

/** Where it is here, it is read together with the file; what is not here may not be needed. */
export const findPrevious = defineStep({
  id: 'find-previous',
  title: 'Look for the version before on this machine',
  needs: ['project', 'base', 'target'],
  provides: ['predecessor'],
  async run({ project: { config, env }, base: { manifest }, target }, { dispose }) {
    const entry = findPredecessor(manifest, target.dataset)
    if (entry === undefined) return { predecessor: null }
    const cache = await openCache(env, config.cache.size)
    const lent = await cache.lend(entry.sha256)
    if (lent !== null) dispose(lent.release)
    return { predecessor: { entry, lent } }
  },
})
