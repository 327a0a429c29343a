import type { Base } from '../base/base.ts'
import type { ProposedChange } from '../base/proposed-changes.ts'
import { type Proposed, readProposed } from '../base/references.ts'
import { findBranch } from '../git/refs.ts'
import { fetchBranch } from '../git/remote.ts'
import { hasRemote, type Repository } from '../git/repository.ts'
import { authorsOf, type Identity } from '../git/write-commit.ts'
import type { Item } from '../manifest/edits.ts'

/** Something that a branch or a pull request proposes, and who it is of. */
export interface Candidate {
  readonly item: Item
  readonly kind: 'upload' | 'rollback' | 'deletion'
  /** Null: a pull request from outside. */
  readonly branch: string | null
  /** Whether that is a branch of this clone, not of the remote. */
  readonly isHere: boolean
  /** The tip that proposes it. */
  readonly commit: string
  /** Whose it is, by name. */
  readonly by: string | null
}

export interface CandidatesRequest {
  readonly repository: Repository
  readonly base: Base
  /** Of the remote where there is one. */
  readonly proposed: Proposed
  /** Whether branches of the remote count; those of this clone do so always. */
  readonly push: boolean
  readonly identity: Identity
  /** Of the manifest, relative to the data repository. */
  readonly path: string
  /** Logical name of the staging bucket. */
  readonly staging: string
}

/** What is proposed for a dataset, but for what takes something back. */
export async function readCandidates(
  { repository, base, proposed, push, path, staging }: CandidatesRequest,
  dataset: string,
  signal: AbortSignal | undefined,
): Promise<Candidate[]> {
  const { commit } = base
  if (!hasRemote(repository) || commit === null) {
    return withoutCopies(candidatesOf(proposed, dataset, true))
  }
  const clone = { ...repository, remote: null }
  const local = await readProposed(clone, { ...base, commit }, { path, staging }, signal)
  const here = candidatesOf(local, dataset, true)
  if (!push) return withoutCopies(here)
  // What is on the remote, too, is taken back there.
  const there = candidatesOf(proposed, dataset, false)
  const names = base.branches ?? new Map<string, string>()
  const onlyHere = here.filter(({ branch }) => !names.has(`refs/heads/${branch}`))
  return withoutCopies([...there, ...onlyHere])
}

/** A branch that is not called as a proposal, and shares the tip of one that is, only keeps it. */
function withoutCopies(found: readonly Candidate[]): Candidate[] {
  const own = new Set(found.filter(isCalledProposal).map(({ commit }) => commit))
  return found.filter((one) => isCalledProposal(one) || !own.has(one.commit))
}

/** Whether a branch is called as those that dm makes. */
export function isCalledProposal({ branch }: Pick<Candidate, 'branch'>): boolean {
  return branch !== null && branch.startsWith('data/')
}

function candidatesOf({ proposals }: Proposed, dataset: string, isHere: boolean): Candidate[] {
  const found = proposals.flatMap(({ names, commit, changes, made }) => {
    const branches = names.flatMap((name) =>
      name.startsWith('refs/heads/') ? [name.slice('refs/heads/'.length)] : [],
    )
    const places = branches.length === 0 ? [null] : branches
    return places.flatMap((branch) =>
      changes
        .filter(({ entry }) => entry.dataset === dataset)
        .flatMap((change) => toCandidate(change, { branch, isHere, commit, by: made.by })),
    )
  })
  return found.toSorted((a, b) => (a.branch ?? '').localeCompare(b.branch ?? '', 'en'))
}

function toCandidate(
  { kind, entry, isWhole }: ProposedChange,
  place: Omit<Candidate, 'item' | 'kind'>,
): Candidate[] {
  if (kind === 'withdrawal') return []
  const item = { dataset: entry.dataset, version: isWhole ? null : `v${entry.number}` }
  return [{ item, kind, ...place }]
}

/** Whether the newest of a branch's own commits is the author's. */
export async function isOwn(
  { repository, base, identity }: CandidatesRequest,
  { branch, isHere }: Candidate,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (branch === null) return false
  const tip = await tipOf(repository, base, { branch, isHere }, signal)
  if (tip === null) return false
  const [author] = await authorsOf(repository, tip, base.commit, signal)
  return author?.email === identity.email
}

/** The branch's commit now; null: it is gone. */
export async function tipOf(
  repository: Repository,
  { branches }: Base,
  { branch, isHere }: { readonly branch: string; readonly isHere: boolean },
  signal: AbortSignal | undefined,
): Promise<string | null> {
  return isHere
    ? findBranch(repository, branch, signal)
    : fetchBranch(repository, branch, signal, branches)
}
