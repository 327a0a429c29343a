import type { ProposedChange } from '../base/proposed-changes.ts'
import type { Proposal } from '../base/references.ts'

/** What is proposed elsewhere for a dataset: on which branch, or in which pull request, and what. */
export interface OtherProposal {
  /** `'data/model-v3'`, `pull request 12`. */
  readonly place: string
  /** `v3 (upload)`. */
  readonly what: string
}

/**
 * What other branches and pull requests propose for a dataset.
 *
 * @param branch the one that does not count
 */
export function findOthers(
  proposals: readonly Proposal[],
  dataset: string,
  branch: string,
): OtherProposal[] {
  return proposals
    .flatMap(({ names, changes }) => {
      if (names.includes(`refs/heads/${branch}`)) return []
      const own = changes.filter(({ entry }) => entry.dataset === dataset)
      if (own.length === 0) return []
      return [{ place: placeOf(names), what: own.map(describe).join(', ') }]
    })
    .toSorted((a, b) => a.place.localeCompare(b.place, 'en', { numeric: true }))
}

function describe({ kind, entry, isWhole }: ProposedChange): string {
  return `${isWhole ? 'all' : `v${entry.number}`} (${kind})`
}

function placeOf(names: readonly string[]): string {
  const branch = names.find((name) => name.startsWith('refs/heads/'))
  if (branch !== undefined) return `'${branch.slice('refs/heads/'.length)}'`
  return `pull request ${/^refs\/pull\/(\d+)/.exec(names[0] ?? '')?.[1]}`
}
