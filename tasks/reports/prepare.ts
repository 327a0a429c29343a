import { formatBytes } from '../../lib/format/units.ts'
import { isPending } from '../../lib/manifest/status.ts'
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

/** What was proposed, and where. */
export const prepareReport = report({
  needs: [
    'target',
    'existing',
    'database',
    'staged?',
    'versionDiff?',
    'storedDiff?',
    'stagedDiff?',
    ...proposalFacts,
  ],
  result: (
    { target, existing, database, staged, versionDiff, storedDiff, stagedDiff, ...landed },
    view,
  ) => ({
    changed: existing === null,
    dataset: target.dataset,
    version: existing?.version ?? target.version,
    bucket: target.bucket,
    sha256: database.sha256,
    bytes: database.bytes,
    ...proposalFields(landed, view),
    staged: staged ?? null,
    diff: diffField(versionDiff, storedDiff, stagedDiff),
    alreadyPrepared: isPresent(landed) || (existing !== null && isPending(existing)),
  }),
  text: ({ changed, dataset, version, bucket, staged, ...result }, view) => {
    if (!changed) {
      const waits = result.alreadyPrepared ? ' and waits for dm publish' : ''
      return `No changes: ${version} of ${dataset} has the same bytes${waits}.`
    }
    const would = view.dryRun ? 'would be ' : ''
    const sent = staged === null ? '' : ` (${formatBytes(staged.sentBytes)} ${would}sent)`
    const prepared = view.dryRun ? 'Would be prepared:' : 'Prepared'
    return [
      result.alreadyPrepared
        ? `Already prepared: ${dataset} ${version}.`
        : `${prepared} ${dataset} ${version} for '${bucket}'.`,
      `  SHA-256  ${result.sha256}`,
      `  size     ${formatBytes(result.bytes)}${sent}`,
      ...diffLines(result),
      ...branchLines(result, view),
      ...nextLines(result, view),
    ].join('\n')
  },
})
