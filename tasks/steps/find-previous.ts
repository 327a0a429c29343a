import { done } from '../../lib/graph/done.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { findDataset } from '../../lib/manifest/find-dataset.ts'
import { isPending } from '../../lib/manifest/is-pending.ts'
import { newestEntry } from '../../lib/manifest/newest-entry.ts'

export const findPrevious = defineStep({
  id: 'find-previous',
  title: 'Compare with the newest version',
  needs: ['base', 'target', 'database'],
  provides: ['previous', 'changed'],
  mayEnd: true,
  run({ base, target, database }) {
    const dataset = findDataset(base.manifest, target.dataset)
    const previous = (dataset && newestEntry(dataset)) ?? null
    if (previous?.sha256 !== database.sha256) return { previous, changed: true }
    // Only where it is published is there certainly nothing left to do.
    if (isPending(previous)) return { previous, changed: false }
    return done(`no changes since ${previous.version}`, { previous, changed: false })
  },
})
