import { STAGING_FOLDER } from '../../lib/manifest/keys.ts'
import { report } from '../../lib/graph/operation.ts'

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
  text: ({ published, rolledBack, deleted, failed, ...result }, { dryRun, outcome }) => {
    const verb = (done: string): string => (dryRun ? `Would be ${done.toLowerCase()}` : done)
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
    if (lines.length === 0 && outcome === 'succeeded') lines.push('Nothing is pending.')
    if (commit !== null) {
      const behind = pushed ? ', pushed; your own branches do not have it until you pull' : ''
      lines.push(`Commit ${commit.slice(0, 7)}${behind}.`)
    }
    lines.push(
      ...listed(removed, ({ bucket, key }) => `${verb('Removed')} ${key} from '${bucket}'.`),
      ...listed(kept.filter(isWorthSaying), ({ bucket, key, reason, until }) => {
        const time = until === null ? '' : ` until ${until.slice(0, 16).replace('T', ' ')} UTC`
        return `Note: ${key} stays in '${bucket}'${time}: ${reason}.`
      }),
    )
    return lines.join('\n')
  },
  alsoOnFailure: true,
})

/** What was staged of late goes by its age, without a word; `--json` has it. */
function isWorthSaying({ key, until }: { key: string; until: string | null }): boolean {
  return until === null || !key.startsWith(STAGING_FOLDER)
}

/** More than this many of a kind are counted, not listed. */
const longest = 20

function listed<Item>(items: readonly Item[], toLine: (item: Item) => string): string[] {
  const lines = items.slice(0, longest).map(toLine)
  const more = items.length - lines.length
  return more > 0 ? [...lines, `… and ${more} more (--json shows them all).`] : lines
}
