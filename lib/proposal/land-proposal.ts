import { readManifestAt } from '../base/base.ts'
import type { Change } from '../change/change.ts'
import { DmError } from '../errors/dm-error.ts'
import { readFile, treeEntries } from '../git/read-file.ts'
import { hasRemote, type Repository } from '../git/repository.ts'
import { deleteLocalBranch, deleteRemoteBranch } from '../git/delete-branch.ts'
import { pathFromRoot } from '../git/verify-names.ts'
import { pushCommit } from '../git/push-commit.ts'
import { updateLocalBranch } from '../git/update-local-branch.ts'
import { writeCommit } from '../git/write-commit.ts'
import { pendingDiffs } from '../manifest/diff-files.ts'
import { setDiff } from '../manifest/edits.ts'
import { findEntry } from '../manifest/lookup.ts'
import { formatManifest } from '../manifest/format-manifest.ts'
import { parseManifest } from '../manifest/parse-manifest.ts'
import type { VersionName } from '../manifest/types.ts'
import type { Proposal } from './plan-proposal.ts'

export interface ProposalText {
  /** Path of the manifest, relative to the data repository. */
  readonly manifestPath: string
  readonly change: Change
  /** The author's message; undefined: the change's subject. */
  readonly message: string | undefined
  readonly date: Date
  /** What is stored of how the proposed version differs; left out: nothing. */
  readonly diff?: StoredDiff | null
}

/** The diff of a proposed version, as a file of the proposal's commit. */
export interface StoredDiff {
  readonly version: VersionName
  /** Relative to the data repository. */
  readonly path: string
  /** The same in the entry: relative to the manifest. */
  readonly field: string
  readonly text: string
}

/**
 * Writes the commit of a proposal into the object database; no branch points to it yet.
 *
 * @returns its hash
 */
export async function commitProposal(
  repository: Repository,
  { parent }: Proposal,
  { manifestPath, change, message = change.subject, date, diff = null }: ProposalText,
  signal?: AbortSignal,
): Promise<string> {
  const before = await readManifestAt(repository, parent, manifestPath, signal)
  const edited = change.edit(before)
  const after = diff === null ? edited : setDiff(edited, change.dataset, diff.version, diff.field)
  const text = formatManifest(after)
  // What is proposed must be readable by whoever merges it.
  parseManifest(text, { source: `The proposed ${manifestPath}` })
  const files = new Map<string, Buffer | null>([[manifestPath, Buffer.from(text)]])
  // Of what the branch does not propose any more, nothing stays.
  const kept = new Set(pendingDiffs(after, manifestPath))
  for (const file of pendingDiffs(before, manifestPath)) if (!kept.has(file)) files.set(file, null)
  if (diff !== null) files.set(diff.path, Buffer.from(diff.text))
  const parents = parent === null ? [] : [parent]
  return writeCommit(repository, { parents, files, message, date }, signal)
}

/** Whether a commit holds a diff, and its manifest names it. */
export async function hasDiff(
  repository: Repository,
  place: {
    readonly commit: string | null
    readonly manifestPath: string
    readonly dataset: string
  },
  { version, path, field, text }: StoredDiff,
  signal?: AbortSignal,
): Promise<boolean> {
  const { commit, manifestPath, dataset } = place
  if (commit === null) return false
  const manifest = await readManifestAt(repository, commit, manifestPath, signal)
  if (findEntry(manifest, dataset, version)?.diffFromPrevious !== field) return false
  const fullPath = pathFromRoot(repository.prefix, path)
  const entry = (await treeEntries(repository, commit, [fullPath], signal)).get(fullPath)
  const expected = Buffer.from(text)
  if (entry?.bytes !== expected.length) return false
  const stored = await readFile(repository, commit, path, { signal })
  return stored?.equals(expected) === true
}

/**
 * Lets the proposal's branch point to its commit, or deletes it where it proposes nothing any more:
 * on the remote, or here.
 *
 * @param push whether on the remote, where there is one
 * @returns whether it was pushed
 * @throws DM_BRANCH_MOVED, DM_PUSH_REFUSED, DM_GIT_PUSH_UNKNOWN, DM_GIT_BRANCH_CHECKED_OUT
 */
export async function landProposal(
  repository: Repository,
  { branch, expected, isAnew, isHere, state }: Proposal,
  commit: string,
  push: boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  const update = { branch, commit, expected }
  const isPushed = push && isHere !== true && hasRemote(repository)
  const gone = expected === null || state !== 'emptied' ? null : { branch, expected }
  const landed =
    gone !== null
      ? isPushed
        ? await deleteRemoteBranch(repository, gone, signal)
        : await deleteLocalBranch(repository, gone, signal)
      : isPushed
        ? await pushCommit(repository, { ...update, replaces: isAnew === true }, signal)
        : await updateLocalBranch(repository, update, signal)
  if (landed.outcome === 'moved') throw new DmError('DM_BRANCH_MOVED', { branch })
  if (landed.outcome === 'refused') {
    throw new DmError('DM_PUSH_REFUSED', { branch, detail: landed.detail.trim() })
  }
  return isPushed
}
