import { formatBytes } from '../../lib/format/bytes.ts'
import { isPending } from '../../lib/manifest/is-pending.ts'
import { report } from '../../lib/operation/report.ts'

/** What was proposed, and where. */
export const prepareReport = report({
  needs: [
    ...(['changed', 'target', 'previous', 'database'] as const),
    ...(['proposal?', 'commit?', 'pushed?', 'staged?'] as const),
  ],
  result: ({ changed, target, previous, database, ...facts }, { dryRun }) => ({
    changed,
    dataset: target.dataset,
    version: (changed ? target.version : previous?.version) ?? '',
    bucket: target.bucket,
    sha256: database.sha256,
    bytes: database.bytes,
    branch: changed ? (facts.proposal?.branch ?? null) : null,
    commit: facts.commit ?? null,
    pushed: !dryRun && (facts.pushed ?? false),
    ...(dryRun ? { wouldPush: facts.pushed ?? false } : {}),
    pullRequest: null,
    staged: facts.staged ?? null,
    diff: null,
    alreadyPrepared:
      facts.proposal?.state === 'present' || (!changed && previous != null && isPending(previous)),
  }),
  text: ({ changed, dataset, version, bucket, branch, staged, ...result }, { dryRun }) => {
    if (!changed) {
      const waits = result.alreadyPrepared ? ' and waits for its publication' : ''
      return `No changes: ${version} of ${dataset} has the same bytes${waits}.`
    }
    const would = dryRun ? 'would be ' : ''
    const where = result.pushed || result.wouldPush ? `${would}pushed` : 'in this repository only'
    const sent = staged === null ? '' : ` (${formatBytes(staged.sentBytes)} ${would}sent)`
    const prepared = dryRun ? 'Would be prepared:' : 'Prepared'
    return [
      result.alreadyPrepared
        ? `Already prepared: ${dataset} ${version}.`
        : `${prepared} ${dataset} ${version} for '${bucket}'.`,
      `  SHA-256  ${result.sha256}`,
      `  size     ${formatBytes(result.bytes)}${sent}`,
      `  branch   ${branch} (${where})`,
      ...(dryRun ? [] : [`Next: have '${branch}' reviewed and merged, then run dm publish.`]),
    ].join('\n')
  },
})
