import type { GitHubClient } from './github-client.ts'

/** The label by which a reviewer says that a change beyond the limits is meant. */
const ACCEPTED = 'data: accepted'

/** That a label was set, as the forge tells it: not as anybody writes it. */
export interface Labelling {
  /** Of the pull request. */
  readonly number: number
  /** The head when it was set. */
  readonly head: string
  /** Who set it. */
  readonly sender: string
}

/**
 * The setting of that label, where that is what happened; null for all else, so that a new commit, a
 * title or another label accepts nothing.
 */
export function findLabelling({
  action,
  label,
  ...event
}: Labelling & { readonly action: string; readonly label: string | null }): Labelling | null {
  return action === 'labeled' && label === ACCEPTED ? event : null
}

/**
 * Why somebody's label does not accept what a pull request changes; null: it does. It counts for the
 * head that it was set on and for no other, while it is there, and when it is that of somebody with
 * the right to write who is neither the author of the pull request nor named by one of its commits.
 *
 * @throws DM_FORGE_…
 */
export async function refuseAcceptance(
  client: GitHubClient,
  { number, head, sender }: Labelling,
  checked: string,
): Promise<string | null> {
  if (head !== checked) return 'it was set on another commit'
  const pull = await client.ask('read the pull request', async (octokit, place) => {
    return (await octokit.rest.pulls.get({ ...place, pull_number: number })).data
  })
  if (pull.head.sha !== checked) return 'the branch has moved on'
  if (!pull.labels.some(({ name }) => name === ACCEPTED)) return 'it was taken off again'
  const isSender = (login: string | undefined): boolean =>
    login?.toLowerCase() === sender.toLowerCase()
  if (sender === '' || isSender(pull.user?.login)) return 'its author set it'
  const commits = await client.ask('read the commits of the pull request', (octokit, place) =>
    octokit.paginate(octokit.rest.pulls.listCommits, {
      ...place,
      pull_number: number,
      per_page: 100,
    }),
  )
  const isMaker = commits.some(({ author, committer }) =>
    [author, committer].some((one) =>
      isSender(one === null || !('login' in one) ? undefined : one.login),
    ),
  )
  if (isMaker) return `${sender}, who set it, has made a commit of it`
  const permission = await client.ask('see who may write', async (octokit, place) => {
    const wanted = { ...place, username: sender }
    return (await octokit.rest.repos.getCollaboratorPermissionLevel(wanted)).data.permission
  })
  return ['admin', 'write'].includes(permission)
    ? null
    : `${sender}, who set it, may not write here`
}
