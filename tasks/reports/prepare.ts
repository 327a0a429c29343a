import { formatBytes } from '../../lib/format/units.ts'
import { isPending } from '../../lib/manifest/status.ts'
import { report } from '../../lib/graph/operation.ts'

/** What was proposed, and where. */
export const prepareReport = report({
  needs: [
    ...(['target', 'existing', 'database'] as const),
    ...(['proposal?', 'commit?', 'pushed?', 'staged?'] as const),
  ],
  result: ({ target, existing, database, ...facts }, { dryRun }) => ({
    changed: existing === null,
    dataset: target.dataset,
    version: existing?.version ?? target.version,
    bucket: target.bucket,
    sha256: database.sha256,
    bytes: database.bytes,
    branch: facts.proposal?.branch ?? null,
    commit: facts.commit ?? null,
    pushed: !dryRun && (facts.pushed ?? false),
    ...(dryRun ? { wouldPush: facts.pushed ?? false } : {}),
    pullRequest: null,
    replaces: facts.proposal?.replaces ?? null,
    staged: facts.staged ?? null,
    diff: null,
    alreadyPrepared:
      facts.proposal?.state === 'present' || (existing !== null && isPending(existing)),
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
      ...replaced(result.replaces, dryRun),
      ...(dryRun ? [] : [`Next: have '${branch}' reviewed and merged, then run dm publish.`]),
    ].join('\n')
  },
})

/** An older proposal of one's own does not go unsaid. */
function replaced(
  replaces: { readonly commit: string; readonly sha256: string | null } | null,
  dryRun: boolean,
): string[] {
  if (replaces === null) return []
  const hash = replaces.sha256 === null ? '' : `, SHA-256 ${replaces.sha256}`
  const verb = dryRun ? 'would replace' : 'replaces'
  return [`  ${verb} your own older proposal (commit ${replaces.commit.slice(0, 7)}${hash})`]
}
