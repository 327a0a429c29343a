import { readManifestAt } from '../base/base.ts'
import type { Change } from '../change/change.ts'
import type { Repository } from '../git/repository.ts'
import { findEntry } from '../manifest/lookup.ts'
import type { VersionEntry } from '../manifest/types.ts'
import type { Proposal } from './plan-proposal.ts'

/**
 * The entry as it will stand on the branch: what proposes the same bytes already keeps the form that
 * they wait in.
 *
 * @param path of the manifest, relative to the data repository
 */
export async function readProposedEntry(
  repository: Repository,
  { proposal, change, entry }: ProposedUpload,
  path: string,
  signal?: AbortSignal,
): Promise<VersionEntry> {
  const before = await readManifestAt(repository, proposal.parent, path, signal)
  return findEntry(change.edit(before), change.dataset, entry.version) ?? entry
}

export interface ProposedUpload {
  readonly proposal: Proposal
  readonly change: Change
  readonly entry: VersionEntry
}
