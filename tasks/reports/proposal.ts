import type { StagedDiff } from '../../lib/change/stage-diff.ts'
import type { RunView } from '../../lib/graph/operation.ts'
import type { PullRequest } from '../../lib/forge/forge.ts'
import { diffFields } from '../../lib/diff/present/json.ts'
import type { DatabaseDiff } from '../../lib/diff/types.ts'
import type { StoredDiff } from '../../lib/proposal/land-proposal.ts'
import type { Proposal } from '../../lib/proposal/plan-proposal.ts'

/** The facts that tell where something was proposed. */
export const proposalFacts = [
  ...(['proposal?', 'commit?', 'pushed?'] as const),
  ...(['pullRequest?', 'pullRequestAddress?'] as const),
] as const

interface Landed {
  readonly proposal?: Proposal
  readonly commit?: string | null
  readonly pushed?: boolean
  readonly pullRequest?: PullRequest | null
  readonly pullRequestAddress?: string | null
}

/** The fields that say where something was proposed. */
export function proposalFields(
  { proposal, commit, pushed = false, pullRequest = null, pullRequestAddress = null }: Landed,
  { dryRun }: RunView,
): {
  branch: string | null
  commit: string | null
  pushed: boolean
  wouldPush?: boolean
  pullRequest: PullRequest | null
  pullRequestAddress: string | null
  replaces: Proposal['replaces']
} {
  return {
    branch: proposal?.branch ?? null,
    commit: commit ?? null,
    pushed: !dryRun && pushed,
    ...(dryRun ? { wouldPush: pushed } : {}),
    pullRequest,
    pullRequestAddress,
    replaces: proposal?.replaces ?? null,
  }
}

/** Whether the branch proposes it already, and nothing was added to it. */
export function isPresent({ proposal, commit = null }: Landed): boolean {
  return proposal?.state === 'present' && commit === proposal.parent
}

type DiffField =
  | ({ readonly path: string | null; readonly stagedKey?: string } & ReturnType<typeof diffFields>)
  | null

/** How the version differs from the one before, and where that is stored. */
export function diffField(
  diff: DatabaseDiff | null | undefined,
  stored: StoredDiff | null | undefined,
  staged: StagedDiff | null | undefined,
): DiffField {
  if (!diff) return null
  const waits = staged ? { stagedKey: staged.key } : {}
  return { path: stored?.path ?? null, ...waits, ...diffFields(diff) }
}

/** Where the diff is stored. */
export function diffLines({ diff }: { readonly diff: DiffField }): string[] {
  if (diff?.stagedKey !== undefined) return ['  diff     in staging, beside the bytes']
  return diff?.path == null ? [] : [`  diff     ${diff.path}`]
}

type Fields = ReturnType<typeof proposalFields>

/** The branch, its pull request, and what its proposal takes the place of. */
export function branchLines(
  {
    branch,
    replaces,
    sha256,
    pullRequest,
    pullRequestAddress,
    ...result
  }: Fields & { readonly sha256?: string },
  { dryRun }: RunView,
): string[] {
  const would = dryRun ? 'would be ' : ''
  const where =
    result.pushed || result.wouldPush === true ? `${would}pushed` : 'in this repository only'
  const request =
    pullRequest === null
      ? []
      : [
          `  review   ${pullRequest.url} (${dryRun ? 'would be updated' : `pull request #${pullRequest.number}`})`,
        ]
  const isByHand = pullRequestAddress !== null && !dryRun
  const byHand = isByHand ? [`  review   open a pull request: ${pullRequestAddress}`] : []
  return [
    `  branch   ${branch} (${where})`,
    ...request,
    ...byHand,
    ...replaced(replaces, sha256, dryRun),
  ]
}

/** What is to be done with the branch. */
export function nextLines({ branch }: Fields, { dryRun }: RunView): string[] {
  return dryRun ? [] : [`Next: have '${branch}' reviewed and merged, then run dm publish.`]
}

/** An older proposal of one's own does not go unsaid. */
function replaced(
  replaces: Proposal['replaces'],
  sha256: string | undefined,
  dryRun: boolean,
): string[] {
  if (replaces === null) return []
  const isOther = replaces.sha256 !== null && replaces.sha256 !== sha256
  const hash = isOther ? `, SHA-256 ${replaces.sha256}` : ''
  const verb = dryRun ? 'would replace' : 'replaces'
  return [`  ${verb} your own older proposal (commit ${replaces.commit.slice(0, 7)}${hash})`]
}
