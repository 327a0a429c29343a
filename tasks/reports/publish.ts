import { report } from '../../lib/graph/operation.ts'
import { describeRemovals, listed } from './removals.ts'

/** What was published, rolled back and deleted, what was not, and what was removed or kept. */
export const publishReport = report({
  needs: ['published', 'deleted', 'failed', 'problems', 'finalCommit', 'pushed', 'swept'],
  result: ({ published = [], deleted = [], failed = [], problems = [], ...facts }) => ({
    published: published
      .filter(({ kind }) => kind === 'upload')
      .map(({ dataset, version, bucket, key }) => ({ dataset, version, bucket, key })),
    rolledBack: published
      .filter(({ kind }) => kind === 'rollback')
      .map(({ dataset, version }) => ({ dataset, version })),
    deleted: deleted.map(({ dataset, version, key }) => ({ dataset, version, key })),
    failed,
    problems,
    notices: [],
    removed: facts.swept?.removed ?? [],
    kept: facts.swept?.kept ?? [],
    commit: facts.finalCommit ?? null,
    pushed: facts.pushed ?? false,
  }),
  text: ({ published, rolledBack, deleted, failed, ...result }, { dryRun, outcome, width }) => {
    const verb = (done: string): string => (dryRun ? `Would be ${done.toLowerCase()}:` : done)
    const lines = [
      ...published.map(
        ({ dataset, version, bucket }) =>
          `${verb('Published')} ${dataset} ${version} in '${bucket}'.`,
      ),
      ...rolledBack.map(
        ({ dataset, version }) => `${verb('Published')} ${dataset} ${version}, a rollback.`,
      ),
      ...deleted.map(({ dataset, version }) => `${verb('Deleted')} ${dataset} ${version}.`),
      ...listed([...failed, ...result.problems], ({ dataset, version, message }) =>
        [['Failed', dataset, version].filter(Boolean).join(' '), message].join(': '),
      ),
    ]
    const { commit, pushed, removed, kept } = result
    if (lines.length === 0 && outcome === 'succeeded')
      lines.push('Nothing is pending. What waits on branches: dm status.')
    if (commit !== null) {
      const behind = pushed ? ', pushed; git pull brings it to your own branch' : ''
      lines.push(`Commit ${commit.slice(0, 7)}${behind}.`)
    }
    return [...lines, ...describeRemovals({ removed, kept }, { dryRun, width })].join('\n')
  },
  alsoOnFailure: true,
})
