import { formatBytes } from '../../lib/format/units.ts'
import { report } from '../../lib/graph/operation.ts'

/** What is in the cache; of one that was cleared, what was in it. */
export const cacheReport = report({
  needs: ['cacheState', 'cacheAction'],
  result: ({ cacheState, cacheAction }) => ({ ...cacheState, cleared: cacheAction === 'clear' }),
  text: ({ path, bytes, entries, cleared }, { dryRun }) => {
    const count = entries === 1 ? '1 database' : `${entries} databases`
    if (!cleared) return `${path}: ${count}, ${formatBytes(bytes)}.`
    return `${dryRun ? 'Would remove' : 'Removed'} ${count} (${formatBytes(bytes)}) from ${path}.`
  },
})
