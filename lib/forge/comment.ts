import { cutMarkdown } from '../format/cut-markdown.ts'
import type { GitHubClient } from './github-client.ts'

/** What is first in the one comment that the check of a pull request writes. */
const marker = '<!-- datamanager:check -->'

/** GitHub takes no longer comment, in characters. */
const MAX_COMMENT = 65_000

/**
 * Writes the one comment on a pull request, or rewrites it. It is known by its first line, and only where
 * a workflow wrote it: anybody can write that line.
 *
 * @param isNewToo whether there is one from now on, where there was none
 * @throws DM_FORGE_…
 */
export async function writeComment(
  client: GitHubClient,
  number: number,
  text: string,
  isNewToo: boolean,
): Promise<void> {
  const body = `${marker}\n${cutMarkdown(text, MAX_COMMENT)}`
  const comments = await client.ask('read the comments of the pull request', (octokit, place) =>
    octokit.paginate(octokit.rest.issues.listComments, {
      ...place,
      issue_number: number,
      per_page: 100,
    }),
  )
  const own = comments.find(
    ({ user, body: old }) => user?.type === 'Bot' && old?.startsWith(marker) === true,
  )
  if (own === undefined && !isNewToo) return
  if (own?.body?.replaceAll('\r\n', '\n') === body) return
  await client.ask('comment on the pull request', async (octokit, place) => {
    if (own === undefined) {
      await octokit.rest.issues.createComment({ ...place, issue_number: number, body })
    } else await octokit.rest.issues.updateComment({ ...place, comment_id: own.id, body })
  })
}
