import { type Base, readManifestAt } from '../base/base.ts'
import type { Change } from '../change/change.ts'
import { formatBytes } from '../format/units.ts'
import { mergeBase } from '../git/history.ts'
import type { Repository } from '../git/repository.ts'
import { compareManifests, type ManifestChange } from '../manifest/compare-manifests.ts'
import { formatField } from '../manifest/json/json-path.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { VersionEntry } from '../manifest/types.ts'
import type { Proposal } from './plan-proposal.ts'

export interface DifferencesRequest {
  readonly base: Base
  readonly proposal: Proposal
  readonly change: Change
  /** Of the manifest, relative to the data repository. */
  readonly path: string
}

/**
 * What the proposal's branch will change of the place where it left the base, a line each: all of
 * it, also what was there before. Of what is taken back from a branch: what goes.
 */
export async function readDifferences(
  repository: Repository,
  { base, proposal: { state, parent }, change, path }: DifferencesRequest,
  signal?: AbortSignal,
): Promise<string[]> {
  const read = (commit: string | null): ReturnType<typeof readManifestAt> =>
    readManifestAt(repository, commit, path, signal)
  const isOnBranch = state !== 'new' && parent !== null && base.commit !== null
  const fork = isOnBranch
    ? await mergeBase(repository, parent, base.commit, signal)
    : state === 'new'
      ? base.commit
      : null
  // What is taken back is told by what goes.
  const isTakenBack = state === 'reduced' || state === 'emptied'
  const before = await read(isTakenBack ? parent : fork)
  const after = change.edit(await read(parent))
  return compareManifests(before, after).map(describe)
}

function describe(difference: ManifestChange): string {
  const { fileName } = difference.dataset
  switch (difference.kind) {
    case 'dataset-added':
      return `${fileName} is new, in '${bucketOf(difference.dataset)}'.`
    case 'dataset-removed':
      return `${fileName} has no other version, and goes.`
    case 'dataset-changed': {
      const whole = 'with all of its versions'
      return describeFields(fileName, difference, difference.dataset, whole)
    }
    case 'entry-added':
      return `${nameOf(difference)} is new: ${contentOf(difference.entry)}.`
    case 'entry-removed':
      return `${nameOf(difference)} goes: ${contentOf(difference.entry)}.`
    default:
      return describeFields(nameOf(difference), difference, difference.entry)
  }
}

function describeFields(
  name: string,
  { fields }: { readonly fields: readonly string[] },
  item: Parameters<typeof isMarked>[0],
  whole = '',
): string {
  const others = fields.filter((field) => field !== 'status').map(formatField)
  const changes = others.length > 0 ? [`has another ${others.join(', ')}`] : []
  if (fields.includes('status')) {
    const marked = ['is marked for deletion', whole].filter(Boolean).join(', ')
    changes.unshift(isMarked(item) ? marked : 'is not marked for deletion any more')
  }
  return `${name} ${changes.join(', and ')}.`
}

function nameOf({
  dataset,
  entry,
}: {
  dataset: { fileName: string }
  entry: VersionEntry
}): string {
  return `${dataset.fileName} ${entry.version}`
}

function contentOf(entry: VersionEntry): string {
  const { sha256, bytes, staging_key: staged } = entry
  const kind = staged === undefined ? 'a rollback' : 'an upload'
  return [
    ...(isPending(entry) ? [kind] : []),
    `SHA-256 ${sha256.slice(0, 12)}…`,
    ...(bytes === undefined ? [] : [formatBytes(bytes)]),
  ].join(', ')
}
