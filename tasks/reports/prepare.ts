import { formatBytes } from '../../lib/format/bytes.ts'
import { report } from '../../lib/operation/report.ts'

/** What was proposed, and where. */
export const prepareReport = report({
  result: ({ changed = true, target, previous, sha256 = '', bytes = 0, ...facts }) => ({
    changed,
    dataset: target?.dataset ?? '',
    version: (changed ? target?.version : previous?.version) ?? '',
    bucket: target?.bucket ?? '',
    sha256,
    bytes,
    branch: changed ? (facts.proposal?.branch ?? null) : null,
    commit: facts.commit ?? null,
    pushed: facts.pushed ?? false,
    pullRequest: null,
    staged: facts.staged ?? null,
    diff: null,
    alreadyPrepared: facts.proposal?.state === 'present',
  }),
  text: ({ changed, dataset, version, bucket, branch, staged, ...result }) => {
    if (!changed) return `No changes: ${version} of ${dataset} has the same bytes.`
    const where = result.pushed ? 'pushed' : 'in this repository only'
    const sent = staged === null ? '' : ` (${formatBytes(staged.sentBytes)} sent)`
    return [
      result.alreadyPrepared
        ? `Already prepared: ${dataset} ${version}.`
        : `Prepared ${dataset} ${version} for '${bucket}'.`,
      `  SHA-256  ${result.sha256}`,
      `  size     ${formatBytes(result.bytes)}${sent}`,
      `  branch   ${branch} (${where})`,
      `Next: have '${branch}' reviewed and merged, then run dm publish.`,
    ].join('\n')
  },
})
