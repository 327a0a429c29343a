import { formatBytes } from '../../lib/format/units.ts'
import { describeReverts } from '../../lib/errors/definitions/publication.ts'
import { report } from '../../lib/graph/operation.ts'
import {
  branchLines,
  diffField,
  diffLines,
  isPresent,
  nextLines,
  proposalFacts,
  proposalFields,
} from './proposal.ts'

/** What was renumbered, and what of others it would undo. */
export const rebaseReport = report({
  needs: [
    'rebase',
    'reverts',
    'staged',
    'versionDiff?',
    'storedDiff?',
    'stagedDiff?',
    ...proposalFacts,
  ],
  result: ({ rebase, reverts, staged, versionDiff, storedDiff, stagedDiff, ...landed }, view) => {
    const { dataset, change } = rebase
    const { version, sha256, bytes = null } = change.entry
    return {
      changed: !isPresent(landed),
      dataset,
      version,
      from: change.from,
      bucket: change.bucket,
      sha256,
      bytes,
      ...proposalFields(landed, view),
      staged,
      diff: diffField(versionDiff, storedDiff, stagedDiff),
      reverts: reverts ?? [],
      revertsKnown: reverts !== null,
      unseen: change.unseen,
      alreadyPrepared: isPresent(landed),
    }
  },
  text: ({ changed, dataset, version, from, unseen, bytes, ...result }, view) => {
    const { branch } = result
    if (!changed)
      return `Nothing to do: '${branch}' proposes ${dataset} ${version} on the base as it is.`
    const what = from === version ? `${dataset} ${version}` : `${dataset} ${from} as ${version}`
    const needed = view.dryRun ? '; goes on only with --accept-reverts' : ''
    const undone = result.revertsKnown
      ? `  undoes   ${describeReverts(result.reverts)} of ${unseen.join(', ')}${result.reverts.length > 0 ? needed : ''}`
      : `  undoes   what ${unseen.join(', ')} changed: it is a whole file that was made without ${unseen.length === 1 ? 'it' : 'them'}${needed}`
    return [
      `${view.dryRun ? 'Would be proposed anew' : 'Proposed anew'}: ${what}, on the base as it is now.`,
      `  SHA-256  ${result.sha256}`,
      ...(bytes === null ? [] : [`  size     ${formatBytes(bytes)} (nothing is sent)`]),
      ...(unseen.length === 0 ? [] : [undone]),
      ...diffLines(result),
      ...branchLines(result, view),
      ...nextLines(result, view),
    ].join('\n')
  },
})
