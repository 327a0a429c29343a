import { formatBytes } from '../../lib/format/units.ts'
import { report } from '../../lib/graph/operation.ts'
import { isPending } from '../../lib/manifest/status.ts'
import {
  branchLines,
  diffField,
  diffLines,
  isPresent,
  nextLines,
  proposalFacts,
  proposalFields,
} from './proposal.ts'

/** What was proposed to go back to, and where. */
export const rollbackReport = report({
  needs: ['rollback', 'versionDiff?', 'storedDiff?', 'stagedDiff?', ...proposalFacts],
  result: ({ rollback, versionDiff, storedDiff, stagedDiff, ...landed }, view) => {
    const { target, entry, restores, existing } = rollback
    const { version, sha256, bytes = null } = existing ?? entry
    const waits = existing !== null && isPending(existing)
    return {
      changed: existing === null,
      dataset: target.dataset,
      version,
      bucket: target.bucket,
      sha256,
      bytes,
      restores,
      ...proposalFields(landed, view),
      diff: diffField(versionDiff, storedDiff, stagedDiff),
      alreadyPrepared: isPresent(landed) || waits,
    }
  },
  text: ({ changed, dataset, version, bucket, restores, ...result }, view) => {
    const { sha256, bytes, alreadyPrepared } = result
    if (!changed) {
      const waits = alreadyPrepared ? ' and waits for dm publish' : ''
      const which = version === restores ? 'is the newest version' : `has the bytes of ${restores}`
      return `No changes: ${version} of ${dataset} ${which}${waits}.`
    }
    const proposed = view.dryRun ? 'Would be proposed:' : 'Proposed'
    const size = bytes === null ? [] : [`  size     ${formatBytes(bytes)} (nothing is sent)`]
    return [
      alreadyPrepared
        ? `Already proposed: ${dataset} ${version}, the bytes of ${restores}.`
        : `${proposed} ${dataset} ${version} for '${bucket}', with the bytes of ${restores}.`,
      `  SHA-256  ${sha256}`,
      ...size,
      ...diffLines(result),
      ...branchLines(result, view),
      ...nextLines(result, view),
    ].join('\n')
  },
})
