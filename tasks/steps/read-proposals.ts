import { DmError } from '../../lib/errors/dm-error.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { readProposals as read } from '../../lib/listing/read-proposals.ts'

export const readProposals = defineStep({
  id: 'read-proposals',
  title: 'Read what branches and pull requests propose',
  needs: ['project', 'repository', 'base'],
  provides: ['proposed'],
  async run({ project: { config }, repository, base }, { signal, notice }) {
    const context = { path: config.manifest, staging: config.staging }
    const proposed = await read(repository, base, context, signal)
    for (const { by } of proposed.unreadable) {
      notice(new DmError('DM_REFERENCE_UNREADABLE', { by, path: config.manifest }))
    }
    return { proposed }
  },
})
