import { report } from '../../lib/operation/report.ts'

/** What was published, rolled back and deleted, and what was not. */
export const publishReport = report({
  needs: ['published', 'deleted', 'failed', 'finalCommit', 'pushed'],
  result: ({ published = [], deleted = [], failed = [], finalCommit = null, ...facts }) => ({
    published: published
      .filter(({ kind }) => kind === 'upload')
      .map(({ dataset, version, bucket, key }) => ({ dataset, version, bucket, key })),
    rolledBack: published
      .filter(({ kind }) => kind === 'rollback')
      .map(({ dataset, version }) => ({ dataset, version })),
    deleted: deleted.map(({ dataset, version, key }) => ({ dataset, version, key })),
    failed,
    commit: finalCommit,
    pushed: facts.pushed ?? false,
  }),
  text: ({ published, rolledBack, deleted, failed, commit, pushed }, { dryRun, outcome }) => {
    const would = dryRun ? 'Would be p' : 'P'
    const lines = [
      ...published.map(
        ({ dataset, version, bucket }) => `${would}ublished ${dataset} ${version} in '${bucket}'.`,
      ),
      ...rolledBack.map(
        ({ dataset, version }) => `${would}ublished ${dataset} ${version}, a rollback.`,
      ),
      ...deleted.map(
        ({ dataset, version }) => `${dryRun ? 'Would be d' : 'D'}eleted ${dataset} ${version}.`,
      ),
      ...failed.map(
        ({ dataset, version, message }) => `Failed ${dataset} ${version ?? ''}: ${message}`,
      ),
    ]
    if (lines.length === 0) return outcome === 'succeeded' ? 'Nothing is pending.' : ''
    if (commit !== null) lines.push(`Commit ${commit.slice(0, 7)}${pushed ? ', pushed' : ''}.`)
    return lines.join('\n')
  },
  alsoOnFailure: true,
})
