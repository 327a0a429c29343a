import { defineStep, done } from '../../lib/graph/step.ts'
import { findDataset } from '../../lib/manifest/lookup.ts'
import { isMarked, isPending, newestEntry } from '../../lib/manifest/status.ts'

export const findExisting = defineStep({
  id: 'find-existing',
  title: 'Compare with the versions on the base',
  needs: ['base', 'target', 'database'],
  provides: ['existing'],
  mayEnd: true,
  run({ base, target, database }, { notice }) {
    const dataset = findDataset(base.manifest, target.dataset)
    const hasSameBytes = ({ sha256 }: { sha256: string }): boolean => sha256 === database.sha256
    const newest = dataset && newestEntry(dataset)
    if (newest === undefined) return { existing: null }
    if (hasSameBytes(newest) && !isPending(newest) && !isMarked(newest)) {
      return done(`no changes since ${newest.version}`, { existing: newest })
    }
    // One that waits for its publication is restored, not proposed again, whatever came after it.
    const existing = dataset?.history.filter(isPending).find(hasSameBytes) ?? null
    if (existing !== null && existing !== newest) {
      notice(
        `${newest.version} is newer and has other bytes. To go back to these, prepare them again once both are published.`,
      )
    }
    return { existing }
  },
})
