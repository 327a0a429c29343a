import { scanHistory } from '../../lib/base/history.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { auditHistory as audit } from '../../lib/publication/audit.ts'
import { findOwnOrphans } from '../../lib/publication/hold-against-buckets.ts'

export const auditHistory = defineStep({
  id: 'audit-history',
  title: 'Look for what vanished, and for numbers that were used twice',
  needs: ['project', 'repository', 'stores', 'base', 'retired', 'inventory'],
  provides: ['historyProblems'],
  async run({ project: { config }, repository, stores, base, retired, inventory }, { signal }) {
    const owners = { formerly: config.formerly, open: stores.open, signal, most: Infinity }
    const { orphans } = await findOwnOrphans(base.manifest, retired.list, inventory, owners)
    const ever = await scanHistory(repository, base.commit, config.manifest, { signal })
    return { historyProblems: audit(base.manifest, orphans, ever) }
  },
})
