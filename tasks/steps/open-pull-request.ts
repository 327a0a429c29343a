import { publicBuckets } from '../../lib/config/buckets.ts'
import { connectForge } from '../../lib/forge/connect.ts'
import { findPullRequest, openPullRequest as open } from '../../lib/forge/pull-request.ts'
import { defineStep } from '../../lib/graph/step.ts'
import { describeProposal } from '../../lib/proposal/describe-proposal.ts'

const none = { pullRequest: null, pullRequestAddress: null }

export const openPullRequest = defineStep({
  id: 'open-pull-request',
  title: 'Open the pull request, or bring it up to date',
  needs: [
    ...(['project', 'repository', 'base', 'change', 'proposal', 'commit', 'pushed'] as const),
    ...(['message', 'pullRequestWanted', 'diffMarkdown?'] as const),
  ],
  provides: ['pullRequest', 'pullRequestAddress'],
  mutates: true,
  skip: ({ pullRequestWanted, pushed, proposal: { state } }) => {
    if (!pullRequestWanted) return { reason: '--no-pr', facts: none }
    if (!pushed) return { reason: 'nothing is pushed', facts: none }
    return state === 'emptied' ? { reason: 'the branch is gone', facts: none } : undefined
  },
  async plan({ project: { settings: env, clock }, repository, proposal }, { signal }) {
    const place = await connectForge(repository, proposal.branch, { env, clock, signal })
    if (place.client === null) return { ...none, pullRequestAddress: place.address }
    return { ...none, pullRequest: await findPullRequest(place.client, place) }
  },
  async run(facts, { signal, notice }) {
    const { project, repository, base, change, commit, message, diffMarkdown } = facts
    const { settings: env, clock } = project
    const { branch } = facts.proposal
    const place = await connectForge(repository, branch, { env, clock, signal })
    const { client, address: pullRequestAddress } = place
    if (client === null) return { pullRequest: null, pullRequestAddress }
    const text = await describeProposal(
      repository,
      {
        base,
        commit: commit ?? '',
        branch,
        path: project.config.manifest,
        subject: change.subject,
        message,
        diff: diffMarkdown ?? null,
        isPublic: publicBuckets(project.config),
      },
      signal,
    )
    try {
      const { pullRequest, unlabelled } = await open(client, place, text)
      if (unlabelled) notice(`The token may not label pull request #${pullRequest.number}.`)
      return { pullRequest, pullRequestAddress: null }
    } catch (error) {
      signal.throwIfAborted()
      notice(`'${branch}' is pushed. A pull request for it by hand: ${pullRequestAddress ?? ''}`)
      throw error
    }
  },
  changed: ({ pullRequest }) =>
    pullRequest === null ? null : `Pull request #${pullRequest.number} is open: ${pullRequest.url}`,
})
