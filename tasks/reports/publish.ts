import { escapeMarkdown } from '../../lib/format/text.ts'
import { report, type SummaryView } from '../../lib/graph/operation.ts'
import { describeRemovals, listed } from './removals.ts'

/** What was published, rolled back and deleted, what was not, and what was removed or kept. */
export const publishReport = report({
  needs: [
    'project',
    'published',
    'deleted',
    'failed',
    'problems',
    'finalCommit',
    'pushed',
    'swept',
  ],
  result: ({ published = [], deleted = [], failed = [], problems = [], ...facts }) => ({
    published: published
      .filter(({ kind }) => kind === 'upload')
      .map(({ dataset, version, bucket, key }) => {
        const base = facts.project?.config.buckets[bucket]?.url ?? null
        const path = key.split('/').map(encodeURIComponent).join('/')
        return { dataset, version, bucket, key, url: base === null ? null : `${base}${path}` }
      }),
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
  markdown: publishMarkdown,
  alsoOnFailure: true,
})

interface Named {
  readonly dataset: string
  readonly version: string | null
}

/** For the summary of the job that publishes: what failed first, with links to what was done. */
function publishMarkdown(
  {
    published,
    rolledBack,
    deleted,
    failed,
    problems,
    commit,
  }: {
    readonly published: readonly (Named & { readonly url: string | null })[]
    readonly rolledBack: readonly Named[]
    readonly deleted: readonly Named[]
    readonly failed: readonly (Named & { readonly message: string; readonly code: string })[]
    readonly problems: readonly (Named & { readonly message: string; readonly code: string })[]
    readonly commit: string | null
  },
  { dryRun, web }: SummaryView,
): string {
  const name = ({ dataset, version }: Named): string =>
    `**${escapeMarkdown([dataset, version].filter(Boolean).join(' '))}**`
  const wrong = [...failed, ...problems].map(
    (one) => `- ❌ ${name(one)}: ${escapeMarkdown(one.message)} \`${one.code}\``,
  )
  const done = [
    ...published.map(
      (one) => `- Published ${name(one)}${one.url === null ? '' : ` ([download](<${one.url}>))`}`,
    ),
    ...rolledBack.map((one) => `- Published ${name(one)}, a rollback`),
    ...deleted.map((one) => `- Deleted ${name(one)}`),
  ]
  const short = commit?.slice(0, 7)
  const link = web === null ? `\`${short}\`` : `[\`${short}\`](${web}/commit/${commit})`
  return [
    `### ${dryRun ? 'What would be published' : wrong.length > 0 ? 'Not all was published' : done.length > 0 ? 'Published' : 'Nothing was pending'}`,
    ...[wrong, done].filter((lines) => lines.length > 0).map((lines) => lines.join('\n')),
    ...(commit === null ? [] : [`Commit ${link}`]),
  ].join('\n\n')
}
