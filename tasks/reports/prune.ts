import { freedBytes } from '../../lib/change/removal.ts'
import { report } from '../../lib/graph/operation.ts'
import { freedText, goingTable } from '../../lib/change/going-lines.ts'
import { branchLines, nextLines, proposalFacts, proposalFields } from './proposal.ts'

/** What is to be deleted, what becomes of its bytes, and where that was proposed. */
export const pruneReport = report({
  needs: ['prune', ...proposalFacts],
  result: ({ prune: { dataset, versions, kept, needed }, ...landed }, view) => ({
    changed: versions.length > 0,
    dataset,
    versions,
    kept,
    needed,
    freedBytes: freedBytes(versions),
    ...proposalFields(landed, view),
    alreadyPrepared: landed.proposal?.state === 'present',
  }),
  text: ({ dataset, versions, kept, needed, ...result }, view) => {
    const reasons = needed.map(
      ({ version, by }) => `  ${version} stays: ${by}, which is pending, goes back to it.`,
    )
    if (!result.changed) {
      const staying = kept.length === 0 ? '' : ` Published: ${kept.join(', ')}.`
      return [`Nothing to delete of ${dataset}.${staying}`, ...reasons].join('\n')
    }
    const proposed = result.alreadyPrepared ? 'Already proposed' : 'Proposed'
    const all = versions.length + kept.length
    return [
      `${view.dryRun ? 'Would be proposed' : proposed}: to delete ${versions.length} of ${all} versions of ${dataset}.`,
      goingTable(versions),
      ...reasons,
      `  kept     ${kept.join(', ')}`,
      `  frees    ${freedText(versions)}`,
      ...branchLines(result, view),
      ...nextLines(result, view),
    ].join('\n')
  },
})
