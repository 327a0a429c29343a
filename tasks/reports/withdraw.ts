import { report } from '../../lib/graph/operation.ts'
import { branchLines, proposalFacts, proposalFields } from './proposal.ts'

/** What was taken back, and where. */
export const withdrawReport = report({
  needs: ['found', ...proposalFacts],
  result: ({ found, ...landed }, view) => {
    const withdrawal = 'withdrawal' in found ? found.withdrawal : null
    const { dataset, version } = 'withdrawal' in found ? found.withdrawal.item : found.nothing
    return {
      changed: withdrawal !== null,
      dataset,
      version,
      kind: withdrawal?.kind ?? null,
      from: withdrawal === null ? null : withdrawal.branch === null ? 'base' : 'branch',
      ...proposalFields(landed, view),
      branchDeleted: landed.proposal?.state === 'emptied',
      alreadyPrepared: landed.proposal?.state === 'present',
    } as const
  },
  text: ({ changed, dataset, version, kind, from, ...result }, view) => {
    const name = version === null ? dataset : `${dataset} ${version}`
    if (!changed) {
      return `Nothing to take back: ${name} is neither pending nor marked, and you propose nothing for it.`
    }
    const what = kind === 'deletion' ? `the deletion mark of ${name}` : `${name} (${kind})`
    const { branch } = result
    if (from === 'base') {
      const next = `Next: have '${branch}' reviewed and merged; then it is not pending any more.`
      const proposed = view.dryRun ? 'Would be proposed: to take' : 'Proposed to take'
      return [
        result.alreadyPrepared
          ? `Already proposed: to take back ${what}.`
          : `${proposed} back ${what}.`,
        ...branchLines(result, view),
        ...(view.dryRun ? [] : [next]),
      ].join('\n')
    }
    const took = view.dryRun ? 'Would take' : 'Took'
    if (!result.branchDeleted) {
      return [`${took} ${what} off its branch.`, ...branchLines(result, view)].join('\n')
    }
    const isPushed = view.dryRun ? result.wouldPush === true : result.pushed
    const gone = `${view.dryRun ? 'would be' : 'is'} deleted ${isPushed ? 'on the remote' : 'here'}`
    return `${took} back ${what}: '${branch}' proposed nothing else and ${gone}.`
  },
})
