import { writeComment as write } from '../../lib/forge/comment.ts'
import { connectForge } from '../../lib/forge/connect.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { checkMarkdown } from '../../lib/review/check-markdown.ts'
import { readPullRequestEvent } from '../../lib/review/pull-request-event.ts'
import { summarizeCheck } from '../../lib/review/summarize-check.ts'

export const writeComment = defineStep({
  id: 'write-comment',
  title: 'Comment on the pull request',
  needs: [
    ...(['project', 'repository', 'reviewed', 'checked', 'checkedStaged'] as const),
    ...(['limitProblems', 'acceptedBy', 'commentWanted', 'diffMarkdown'] as const),
    ...(['falseDiffs', 'unverifiedDiffs'] as const),
  ],
  provides: [],
  mutates: true,
  skip: ({ commentWanted }) =>
    commentWanted ? undefined : { reason: 'no comment is asked for', facts: {} },
  plan: () => ({}),
  async run({ project, repository, diffMarkdown, ...facts }, { signal, notice }) {
    const { env, settings, clock } = project
    const event = await readPullRequestEvent(env)
    const connection = await connectForge(repository, '', { env: settings, clock, signal })
    const { client } = connection
    if (event === null || client === null) {
      notice('No comment is written: this runs for no pull request, or there is no token.')
      return {}
    }
    const summary = summarizeCheck(facts)
    const isNewToo = summary.proposed.length + summary.problems.length > 0
    await write(client, event.number, checkMarkdown(summary, diffMarkdown), isNewToo)
    return {}
  },
})
