import { isDmError } from '../errors/dm-error.ts'
import { type Block, isOwnTitle, placeBlock } from './body.ts'
import type { PullRequest } from './forge.ts'
import type { GitHubClient, Work } from './github-client.ts'

export interface PullRequestText extends Block {
  /** The author's words besides the title; '' for none. Only a new pull request gets them. */
  readonly words: string
  readonly labels: readonly string[]
}

export interface PullRequestPlace {
  /** The branch that is proposed. */
  readonly branch: string
  /** The branch that it is to be merged into. */
  readonly base: string
}

interface Found {
  readonly number: number
  readonly html_url: string
  readonly state: string
  readonly title: string
  readonly body: string | null
  readonly labels: readonly { readonly name: string }[]
}

/** The open pull request of a branch; null: there is none. */
export async function findPullRequest(
  client: GitHubClient,
  place: PullRequestPlace,
): Promise<PullRequest | null> {
  const found = await client.ask('list pull requests', finder(client, place))
  return found === null ? null : toResult(found)
}

/**
 * Opens the pull request of a branch, or brings the one that is open up to date: the title, where it
 * is still the one that dm gave it, and dm's own part of the body. It may be called again.
 *
 * @returns also whether it is new, and what could not be done for want of rights: `labels`
 * @throws DM_FORGE_…
 */
export async function openPullRequest(
  client: GitHubClient,
  place: PullRequestPlace,
  text: PullRequestText,
): Promise<{
  readonly pullRequest: PullRequest
  readonly isNew: boolean
  readonly unlabelled: boolean
}> {
  const find = finder(client, place)
  let isNew = false
  const found = await client.ask('open a pull request', async (octokit, repository) => {
    const open = await find(octokit, repository)
    if (open !== null) return open
    isNew = true
    const body = placeBlock(text.words, text)
    const head = `${ownerOfBranch(client)}:${place.branch}`
    const { title } = text
    const wanted = { ...repository, ...headRepository(client), title, head, base: place.base, body }
    try {
      return (await octokit.rest.pulls.create(wanted)).data
    } catch (error) {
      // Another run may have opened it meanwhile.
      const other = isStatus(error, 422) ? await find(octokit, repository) : null
      if (other === null) throw error
      isNew = false
      return other
    }
  })
  const current = isNew ? found : await update(client, found, text)
  const unlabelled = !(await label(client, current, text.labels))
  return { pullRequest: toResult(current), isNew, unlabelled }
}

/** Looks for the open one of a branch; null: there is none. */
function finder(client: GitHubClient, { branch, base }: PullRequestPlace): Work<Found | null> {
  const head = `${ownerOfBranch(client)}:${branch}`
  return async (octokit, repository) => {
    const wanted = { ...repository, head, base, state: 'open' as const, per_page: 100 }
    const { data } = await octokit.rest.pulls.list(wanted)
    // A server that does not know a filter gives them all.
    const own = data.filter((one) => one.head.ref === branch && one.base.ref === base)
    const ofOwner = own.find((one) => (one.head.label ?? head).toLowerCase() === head.toLowerCase())
    return (ofOwner as Found | undefined) ?? null
  }
}

async function update(client: GitHubClient, found: Found, text: PullRequestText): Promise<Found> {
  const before = found.body ?? ''
  const body = placeBlock(before, text)
  const title = isOwnTitle(found.title, before) ? text.title : found.title
  if (isSame(body, before) && title === found.title) return found
  return client.ask('change the pull request', async (octokit, repository) => {
    const changes = { ...repository, pull_number: found.number, title, body }
    return (await octokit.rest.pulls.update(changes)).data
  })
}

/** Whoever may open a pull request may not always label it: that is no reason to fail. */
async function label(
  client: GitHubClient,
  { number, labels: has }: Found,
  wanted: readonly string[],
): Promise<boolean> {
  const labels = wanted.filter((name) => !has.some((one) => one.name === name))
  if (labels.length === 0) return true
  try {
    await client.ask('label the pull request', (octokit, repository) =>
      octokit.rest.issues.addLabels({ ...repository, issue_number: number, labels }),
    )
    return true
  } catch (error) {
    const isRight = isDmError(error, 'DM_FORGE_DENIED') || isDmError(error, 'DM_FORGE_NOT_FOUND')
    if (!isRight) throw error
    return false
  }
}

/** The web editor writes other line ends. */
function isSame(one: string, other: string): boolean {
  return one.replaceAll('\r\n', '\n') === other.replaceAll('\r\n', '\n')
}

function ownerOfBranch({ github }: GitHubClient): string {
  return github.pushPath[0] ?? github.owner
}

/** Of a fork that belongs to the same owner: its name is not told by the owner. */
function headRepository({ github }: GitHubClient): { readonly head_repo?: string } {
  const [path, pushPath] = [github.path, github.pushPath].map((parts) => parts.map(toLower))
  const isFork = pushPath?.[1] !== path?.[1]
  return isFork && pushPath?.[0] === path?.[0] ? { head_repo: github.pushPath.join('/') } : {}
}

function toLower(text: string): string {
  return text.toLowerCase()
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'status' in error && error.status === status
}

function toResult({ number, html_url: url, state }: Found): PullRequest {
  return { number, url, state }
}
