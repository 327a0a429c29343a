import { bucketOf } from '../manifest/lookup.ts'
import type { DiffClaim } from './check-diff.ts'
import type { CheckSummary } from './check-markdown.ts'
import type { CheckedProposal } from './check-proposal.ts'
import type { CheckedStaged } from './check-staged.ts'
import type { PlacedProblem } from './placed-problem.ts'
import type { Reviewed } from './proposal.ts'

/** What a check has found so far. */
interface Checked {
  readonly reviewed?: Reviewed
  readonly checked?: CheckedProposal
  readonly checkedStaged?: CheckedStaged & { readonly problems: readonly PlacedProblem[] }
  readonly falseDiffs?: readonly PlacedProblem[]
  readonly unverifiedDiffs?: readonly DiffClaim[]
  readonly limitProblems?: readonly PlacedProblem[]
  readonly acceptedBy?: string | null
}

/** What was compared, what is proposed and what is against it, as far as it is known. */
export function summarizeCheck({
  reviewed,
  checked,
  checkedStaged,
  falseDiffs,
  unverifiedDiffs,
  limitProblems,
  acceptedBy,
}: Checked): CheckSummary & {
  readonly base: string | null
  readonly head: string | null
  readonly problems: readonly PlacedProblem[]
} {
  return {
    base: reviewed?.base ?? null,
    head: reviewed?.head ?? null,
    proposed: (checked?.items ?? []).map(({ kind, dataset, entry }) => ({
      kind,
      dataset: dataset.fileName,
      version: entry?.version ?? null,
      bucket: bucketOf(dataset),
    })),
    // What is beyond the limits comes first.
    problems: [
      ...(limitProblems ?? []),
      ...(falseDiffs ?? []),
      ...(checked?.problems ?? []),
      ...(checkedStaged?.problems ?? []),
    ],
    unverified: (
      unverifiedDiffs ?? [...(checked?.claims ?? []), ...(checkedStaged?.claims ?? [])]
    ).map(({ dataset, version }) => ({ dataset, version })),
    acceptedBy: acceptedBy ?? null,
    staged: checkedStaged === undefined ? null : checkedStaged.unseen === null,
  }
}
