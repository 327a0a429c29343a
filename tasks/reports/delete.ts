import { freedBytes } from '../../lib/change/removal.ts'
import { report } from '../../lib/graph/operation.ts'
import { deletionLines } from '../../lib/change/going-lines.ts'
import { branchLines, nextLines, proposalFacts, proposalFields } from './proposal.ts'

/** What is to be deleted, what becomes of its bytes, and where that was proposed. */
export const deleteReport = report({
  needs: ['deletion', ...proposalFacts],
  result: ({ deletion: { item, versions, withdrawn, isWhole }, ...landed }, view) => ({
    changed: versions.length > 0,
    dataset: item.dataset,
    version: item.version,
    versions,
    withdrawn,
    isWhole,
    freedBytes: freedBytes(versions),
    ...proposalFields(landed, view),
    alreadyPrepared: landed.proposal?.state === 'present',
  }),
  text: ({ changed, dataset, version, versions, withdrawn, isWhole, ...result }, view) => {
    const name = version === null ? dataset : `${dataset} ${version}`
    if (!changed)
      return `Nothing to do: ${name} is marked already, and goes with the next dm publish.`
    const proposed = result.alreadyPrepared ? 'Already proposed' : 'Proposed'
    const item = { dataset, version }
    return [
      `${view.dryRun ? 'Would be proposed' : proposed} for deletion:`,
      ...deletionLines({ item, versions, withdrawn, isWhole }),
      ...branchLines(result, view),
      ...nextLines(result, view),
    ].join('\n')
  },
})
