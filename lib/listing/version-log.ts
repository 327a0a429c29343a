import type { Base } from '../base/base.ts'
import { findSince } from '../base/find-since.ts'
import type { ScannedEntry } from '../base/scan-manifest.ts'
import { type Authorship, readAuthorship, readLineAuthors } from '../git/authorship.ts'
import type { Repository } from '../git/repository.ts'
import { bucketOf, findDataset, getDataset } from '../manifest/lookup.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Dataset, VersionEntry } from '../manifest/types.ts'
import { byVersionDescending, versionNumber } from '../manifest/versions.ts'
import { freeFields } from './dataset-rows.ts'
import { readProposedVersions } from './proposed-versions.ts'

/** What a log shows of a version, beside its free fields. */
export interface LoggedVersion {
  readonly version: string
  readonly timestamp: string
  readonly sha256: string
  /** Size; left out where an old manifest does not tell. */
  readonly bytes?: number
  readonly commit: string
  readonly description: string | null
  readonly pending: boolean
  /** The branch that proposes it; null: it is on the base. */
  readonly branch: string | null
  /** Whether the next publication removes it. */
  readonly marked: boolean
  /** The version whose bytes it brings back; null: it is no rollback. */
  readonly rollbackOf: string | null
  /** Null: git does not know, here or at all. */
  readonly proposedBy: string | null
  readonly mergedBy: string | null
  /** When it came on the base, ISO 8601; null: it has not, or git does not know. */
  readonly mergedAt: string | null
  readonly [field: string]: unknown
}

/** The versions of a dataset, the newest first. */
export interface VersionLog {
  readonly dataset: string
  /** Logical name. */
  readonly bucket: string
  /** Whether the dataset as a whole is marked for deletion. */
  readonly marked: boolean
  readonly versions: readonly LoggedVersion[]
}

/**
 * The versions of a dataset on the base and on branches, and who is behind them as far as git knows
 * here: of a published one by the commit that its entry names; of a pending one by walking back to
 * where it came from. Asks no remote.
 *
 * @param path of the manifest, relative to the data repository
 * @returns also what git calls the branches whose manifest was not read
 * @throws DM_UNKNOWN_DATASET
 */
export async function readVersionLog(
  repository: Repository,
  base: Base,
  { name, path }: { readonly name: string; readonly path: string },
  signal?: AbortSignal,
): Promise<{ readonly log: VersionLog; readonly unread: readonly string[] }> {
  const dataset = findDataset(base.manifest, name)
  const [proposed, landed] = await Promise.all([
    readProposedVersions(repository, base, path, signal),
    readLanded(repository, base, { dataset, path }, signal),
  ])
  const all = [...base.manifest.datasets, ...proposed.versions.map((one) => one.dataset)]
  const known = getDataset({ ...base.manifest, datasets: all }, name)
  const first = firstByKey(known)
  const own = proposed.versions
    .filter((one) => one.dataset.fileName === name)
    .toSorted((a, b) => byVersionDescending(a.entry, b.entry))
  const tips = own.map(({ commit }) => commit)
  const authors = await readLineAuthors(repository, tips, signal)
  const open = own.map(({ branch, commit, entry }) => {
    const proposedBy = authors.get(commit) ?? null
    return toRow(entry, first, { branch, proposedBy, mergedBy: null, mergedAt: null })
  })
  const history = dataset?.history.toSorted(byVersionDescending) ?? []
  const rows = history.map((entry) =>
    toRow(entry, first, { branch: null, ...behind(landed.get(entry)) }),
  )
  const marked = isMarked(dataset ?? {})
  const log = { dataset: name, bucket: bucketOf(known), marked, versions: [...open, ...rows] }
  return { log, unread: proposed.unread }
}

/** Who is behind the entries of a dataset on the base. */
async function readLanded(
  repository: Repository,
  base: Base,
  { dataset, path }: { dataset: Dataset | undefined; path: string },
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<VersionEntry, Authorship>> {
  const history = dataset?.history ?? []
  const wanted = history.filter(isPending)
  const only = new Set(dataset === undefined ? [] : [dataset.fileName])
  const named = history.map(({ commit }) => commit)
  const [published, origins] = await Promise.all([
    readAuthorship(repository, named, signal),
    findSince(repository, base, { wanted, isSo: isThere, only, path }, signal),
  ])
  const commits = Array.from(origins.values(), ({ commit }) => commit)
  const pending = await readAuthorship(repository, commits, signal)
  return new Map(
    history.flatMap((entry): [VersionEntry, Authorship][] => {
      const origin = origins.get(entry)
      const made = origin === undefined ? published.get(entry.commit) : pending.get(origin.commit)
      return made === undefined ? [] : [[entry, made]]
    }),
  )
}

function isThere({ version, sha256 }: VersionEntry, entries: readonly ScannedEntry[]): boolean {
  const number = versionNumber(version)
  return entries.some((one) => one.number === number && one.sha256 === sha256)
}

type Behind = Pick<LoggedVersion, 'proposedBy' | 'mergedBy' | 'mergedAt'>

function behind(made: Authorship | undefined): Behind {
  if (made === undefined) return { proposedBy: null, mergedBy: null, mergedAt: null }
  const { proposedBy, mergedBy, time } = made
  return { proposedBy, mergedBy, mergedAt: time.toISOString() }
}

function toRow(
  entry: VersionEntry,
  first: ReadonlyMap<string, VersionEntry>,
  more: Behind & { readonly branch: string | null },
): LoggedVersion {
  const { version, timestamp, sha256, bytes, commit, description = null } = entry
  return {
    ...freeFields(entry),
    version,
    timestamp,
    sha256,
    ...(bytes === undefined ? {} : { bytes }),
    commit,
    description,
    pending: isPending(entry),
    marked: isMarked(entry),
    rollbackOf: restoredBy(entry, first),
    ...more,
  }
}

/** The lowest version that has each object. */
function firstByKey({ history }: Dataset): ReadonlyMap<string, VersionEntry> {
  return new Map(history.toSorted(byVersionDescending).map((entry) => [entry.r2_object_key, entry]))
}

/** The version whose object an entry names: the lowest that has it, or, gone, the one in the key. */
function restoredBy(
  { version, r2_object_key: key }: VersionEntry,
  first: ReadonlyMap<string, VersionEntry>,
): string | null {
  const number = versionNumber(version)
  const other = first.get(key)?.version
  if (other !== undefined && versionNumber(other) < number) return other
  const named = /(?:^|\/)v([1-9]\d{0,14})-[0-9a-f]{64}\.sqlite$/.exec(key)?.[1]
  return named === undefined || Number(named) >= number ? null : `v${named}`
}
