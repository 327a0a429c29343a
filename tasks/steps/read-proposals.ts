import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { readProposals as read } from '../../lib/listing/read-proposals.ts'

export const readProposals = reading(true)

/**
 * Only to name others: no history is fetched for that into a shallow clone, where lines that left the
 * base further back are left out; and what cannot be read concerns nobody.
 */
export const readProposalsAtHand = reading(false)

function reading(deepens: boolean) {
  return defineStep({
    id: 'read-proposals',
    title: 'Read what branches and pull requests propose',
    needs: ['project', 'repository', 'base'],
    provides: ['proposed'],
    async run({ project: { config }, repository, base }, { signal, notice }) {
      const context = { path: config.manifest, staging: config.staging, deepens }
      const proposed = await read(repository, base, context, signal)
      for (const { by } of deepens ? proposed.unreadable : []) {
        notice(new DmError('DM_REFERENCE_UNREADABLE', { by, path: config.manifest }))
      }
      return { proposed }
    },
  })
}
