import { countApart } from '../../lib/git/history.ts'
import { findBranch } from '../../lib/git/refs.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { baseRows, proposedRows } from '../../lib/listing/pending-rows.ts'
import { readStatus } from '../../lib/listing/read-status.ts'

export const lookAtPending = defineStep({
  id: 'look-at-pending',
  title: 'Look at the bytes of what is pending',
  needs: ['project', 'repository', 'stores', 'base', 'retired', 'pending', 'origins', 'proposed'],
  provides: ['status', 'distance'],
  async run({ project: { config }, repository, ...facts }, { signal, notice }) {
    const { base, pending, origins, proposed, retired } = facts
    const { manifest: path, staging } = config
    const context = { pending, origins, path, staging }
    const [here, local] = await Promise.all([
      baseRows(repository, base, context, signal),
      repository.remote === null ? null : findBranch(repository, repository.base, signal),
    ])
    const rows = [...here, ...proposedRows(proposed.proposals, staging)]
    const status = await readStatus({ ...facts, config, rows, signal, notice })
    for (const { code, message, hint } of status.failures) {
      const open = 'So it is not known whether bytes are there, and what else publish would refuse.'
      notice({ code, message: `${message} ${open}`, hint })
    }
    if (retired.problem !== null) notice(retired.problem)
    if (local === null || base.commit === null) return { status, distance: null }
    const { onlyA: ahead, onlyB: behind } = await countApart(repository, local, base.commit, signal)
    return { status, distance: { ahead, behind } }
  },
})
