import type { Base } from '../base/base.ts'
import type { Origin } from '../base/find-origins.ts'
import { findSince } from '../base/find-since.ts'
import type { ProposedChange } from '../base/proposed-changes.ts'
import type { Proposal } from '../base/references.ts'
import type { ScannedEntry } from '../base/scan-manifest.ts'
import { readAuthorship } from '../git/authorship.ts'
import type { HistoryEntry } from '../git/history.ts'
import type { Repository } from '../git/repository.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { contentKind, isContent, markedItems, type MarkedItem } from '../manifest/status.ts'
import type { Dataset, DatasetEntry } from '../manifest/types.ts'
import { versionNumber } from '../manifest/versions.ts'

/** Something that waits: on the base for its publication, elsewhere for its merge. */
export interface PendingRow {
  readonly dataset: string
  /** Null: the dataset as a whole. */
  readonly version: string | null
  readonly kind: ProposedChange['kind']
  /** Null: on the base, or in a pull request from outside. */
  readonly branch: string | null
  readonly pullRequest: number | null
  /** Whose it is; null: git does not know. */
  readonly author: string | null
  /** Since when it waits there, ISO 8601; null: git does not know. */
  readonly since: string | null
  /** What brought it; null: git does not know. */
  readonly commit: string | null
  /** Logical name of the dataset's bucket. */
  readonly bucket: string
  /** Of an upload or a rollback; else null. */
  readonly sha256: string | null
  /** Where its bytes are looked for; null: nowhere. */
  readonly object: { readonly bucket: string; readonly key: string } | null
}

interface BaseContext {
  /** What a publication looks at, and where it came from. */
  readonly pending: readonly DatasetEntry[]
  readonly origins: ReadonlyMap<DatasetEntry, Origin>
  /** Of the manifest, relative to the data repository. */
  readonly path: string
  /** Logical name of the staging bucket. */
  readonly staging: string
}

/** What waits on the base. */
export async function baseRows(
  repository: Repository,
  base: Base,
  { pending, origins, path, staging }: BaseContext,
  signal?: AbortSignal,
): Promise<PendingRow[]> {
  const marks = markedItems(base.manifest).filter(
    ({ entry }) => !pending.some((one) => one.entry === entry),
  )
  const only = new Set(marks.map(({ dataset }) => dataset.fileName))
  const request = { wanted: marks, isSo: isMarkedIn, only, path }
  const since = await findSince(repository, base, request, signal)
  const commits = [
    ...pending.map((one) => origins.get(one)?.change.commit),
    ...Array.from(since.values(), ({ commit }) => commit),
  ]
  const made = await readAuthorship(
    repository,
    commits.filter((commit) => commit !== undefined),
    signal,
  )
  const wait = (
    dataset: Dataset,
    change: HistoryEntry | undefined,
    what: Pick<PendingRow, 'version' | 'kind' | 'sha256' | 'object'>,
  ): PendingRow => ({
    dataset: dataset.fileName,
    ...what,
    branch: null,
    pullRequest: null,
    author: made.get(change?.commit ?? '')?.proposedBy ?? null,
    since: change?.time.toISOString() ?? null,
    commit: change?.commit ?? null,
    bucket: bucketOf(dataset),
  })
  const uploads = pending.map((item) => {
    const { dataset, entry } = item
    const { version, sha256, staging_key: staged, r2_object_key: key } = entry
    const object =
      staged === undefined ? { bucket: bucketOf(dataset), key } : { bucket: staging, key: staged }
    const what = { version, kind: contentKind(entry), sha256, object }
    return wait(dataset, origins.get(item)?.change, what)
  })
  const deletions = marks.map((item) => {
    const version = item.entry?.version ?? null
    const what = { version, kind: 'deletion', sha256: null, object: null } as const
    return wait(item.dataset, since.get(item), what)
  })
  return [...uploads, ...deletions]
}

function isMarkedIn({ dataset, entry }: MarkedItem, entries: readonly ScannedEntry[]): boolean {
  const own = entries.filter((one) => one.dataset === dataset.fileName)
  if (entry === null) return own.some(({ gone }) => gone)
  return own.some(({ number, marked }) => marked && number === versionNumber(entry.version))
}

/**
 * What waits on branches and in pull requests, by the names of the branches. What a pull request has
 * in common with a branch is told once.
 *
 * @param staging logical name of the staging bucket
 */
export function proposedRows(proposals: readonly Proposal[], staging: string): PendingRow[] {
  const rows = proposals.flatMap((proposal) => {
    const branches = proposal.names.flatMap(after(/^refs\/heads\/(.+)$/s))
    const numbers = proposal.names.flatMap(after(/^refs\/pull\/(\d+)\//)).map(Number)
    const pullRequest = numbers.length === 0 ? null : Math.max(...numbers)
    const places = branches.length === 0 ? [null] : branches
    return places.flatMap((branch) =>
      proposal.changes.map((change) => toRow(change, proposal, { branch, pullRequest }, staging)),
    )
  })
  const onBranches = new Map(
    rows.filter(({ branch }) => branch !== null).map((row) => [idOf(row), row]),
  )
  const numbers = new Map<PendingRow, number>()
  const alone = rows.filter((row) => {
    const same = row.branch === null ? onBranches.get(idOf(row)) : undefined
    if (same === undefined) return true
    numbers.set(same, Math.max(numbers.get(same) ?? 0, row.pullRequest ?? 0))
    return false
  })
  return alone
    .map((row) => withNumber(row, row.pullRequest ?? numbers.get(row) ?? null))
    .toSorted(byPlace)
}

/** The part of a name that a pattern holds; none where it does not fit. */
function after(pattern: RegExp): (name: string) => string[] {
  return (name) => pattern.exec(name)?.slice(1) ?? []
}

function idOf({ dataset, version, kind, sha256 }: PendingRow): string {
  return `${kind}\0${dataset}\0${version}\0${sha256}`
}

const withNumber = (row: PendingRow, pullRequest: number | null): PendingRow => {
  return { ...row, pullRequest }
}

/** Branches by their names, then pull requests by their numbers. */
function byPlace(a: PendingRow, b: PendingRow): number {
  if (a.branch !== null && b.branch !== null)
    return a.branch.localeCompare(b.branch, 'en', { numeric: true })
  if (a.branch === null && b.branch === null) return (a.pullRequest ?? 0) - (b.pullRequest ?? 0)
  return a.branch === null ? 1 : -1
}

function toRow(
  { kind, entry, isWhole }: ProposedChange,
  { commit, made }: Proposal,
  place: Pick<PendingRow, 'branch' | 'pullRequest'>,
  staging: string,
): PendingRow {
  const { dataset, bucket, number, sha256, key, stagingKey } = entry
  const object = kind === 'upload' ? { bucket: staging, key: stagingKey ?? '' } : { bucket, key }
  const brings = isContent(kind)
  return {
    dataset,
    version: isWhole ? null : `v${number}`,
    kind,
    ...place,
    author: made.by,
    since: made.at.toISOString(),
    commit,
    bucket,
    sha256: brings ? sha256 : null,
    object: brings ? object : null,
  }
}
