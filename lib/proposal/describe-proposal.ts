import type { Base } from '../base/base.ts'
import { readManifestAt } from '../base/base.ts'
import type { PullRequestText } from '../forge/pull-request.ts'
import { printableLine } from '../format/text.ts'
import { mergeBase } from '../git/history.ts'
import type { Repository } from '../git/repository.ts'
import { compareManifests } from '../manifest/compare-manifests.ts'
import { proposedItems } from '../manifest/proposed-items.ts'
import { labelOf, reviewText } from './review-text.ts'

export interface DescribeRequest {
  readonly base: Base
  /** The proposal's own. */
  readonly commit: string
  readonly branch: string
  /** Of the manifest, relative to the data repository. */
  readonly path: string
  /** Its title, where its author says nothing. */
  readonly subject: string
  readonly message: string | undefined
  /** Markdown of what is different in the data; null: nothing is known of that. */
  readonly diff: string | null
  readonly isPublic: (bucket: string) => boolean
}

/** GitHub takes longer ones, and shows no more. */
const longestTitle = 200

/** What the pull request of a proposal says: of all that its branch adds to where it left the base. */
export async function describeProposal(
  repository: Repository,
  { base, commit, path, subject, message, ...options }: DescribeRequest,
  signal?: AbortSignal,
): Promise<PullRequestText> {
  const fork =
    base.commit === null ? null : await mergeBase(repository, commit, base.commit, signal)
  const before = await readManifestAt(repository, fork, path, signal)
  const after = await readManifestAt(repository, commit, path, signal)
  const items = proposedItems(compareManifests(before, after))
  const [first = '', ...rest] = (message ?? '').trim().split('\n')
  const title = printableLine(first.trim() === '' ? subject : first.trim())
  return {
    title: title.length > longestTitle ? `${title.slice(0, longestTitle)}…` : title,
    words: rest.join('\n').trim(),
    text: reviewText(items, options),
    labels: [...new Set(items.map(({ kind }) => labelOf(kind)))],
  }
}
