import type { FileState } from '../git/read-file.ts'
import { readOpenReferences, type OpenReference } from '../git/open-references.ts'
import type { Repository } from '../git/repository.ts'
import { folderOf, parseStagingKey, stagedKeys, versionHash } from '../manifest/keys.ts'
import { objectId } from '../manifest/retired.ts'
import { isPending } from '../manifest/status.ts'
import { formatManifest } from '../manifest/format-manifest.ts'
import type { Base } from './base.ts'
import { findProposedChanges, indexEntries, type ProposedChange } from './proposed-changes.ts'
import { entriesOf, type ScannedEntry, scanManifest } from './scan-manifest.ts'

/** What refers to an object, so that it is kept. */
export interface Reference {
  /** For people: `the branch 'data/x-v2'`, `pull request 12`. */
  readonly by: string
  /**
   * Whether it is from outside of the repository's own branches, where anybody can write: it
   * protects young staged bytes, and nothing that was published.
   */
  readonly isOutside: boolean
}

/** Tells what is proposed, on branches and pull requests, as of now. */
export interface Proposed {
  /** What refers to an object of a bucket, or may do so; the repository's own branches first. */
  readonly find: (object: { bucket: string; key: string }) => readonly Reference[]
  /** The references whose manifest cannot be read, and which may thus mean anything. */
  readonly unreadable: readonly Reference[]
  /** What each asks for, in no order. */
  readonly proposals: readonly Proposal[]
}

/** What a branch or pull request asks for. */
export interface Proposal {
  /** As the remote calls it: `refs/heads/…`, `refs/pull/<number>/head`; several may share a tip. */
  readonly names: readonly string[]
  readonly commit: string
  readonly made: { readonly by: string | null; readonly at: Date }
  readonly changes: readonly ProposedChange[]
}

/** Where proposals are, and how far they are looked for. */
export interface Reading {
  /** Of the manifest, relative to the data repository. */
  readonly path: string
  /** Logical name of the staging bucket. */
  readonly staging: string
  /** As `readOpenReferences` has it; default: true. */
  readonly deepens?: boolean
}

/**
 * Reads what is proposed: what each branch and pull request adds to the place where it left the
 * base, and the base has not published.
 */
export async function readProposed(
  repository: Repository,
  base: Base & { readonly commit: string },
  { path, staging, deepens = true }: Reading,
  signal?: AbortSignal,
): Promise<Proposed> {
  const size = Buffer.byteLength(formatManifest(base.manifest))
  const file = { path, limit: 4 * size + 1024 * 1024, deepens }
  const published = new Set(
    base.manifest.datasets.flatMap((dataset) =>
      dataset.history
        .filter((entry) => !isPending(entry))
        .map(({ version, sha256 }) => `${dataset.fileName}\0${version.slice(1)}\0${sha256}`),
    ),
  )
  const own = new Map<string, Reference>()
  const outside = new Map<string, Reference>()
  const unreadable: Reference[] = []
  const proposals: Proposal[] = []
  const now = indexEntries(entriesOf(base.manifest))
  const before: Before = { state: null, index: null, ids: new Set() }
  for await (const open of readOpenReferences(repository, base, file, signal)) {
    const reference = describe(open)
    const added = scan(open.after)
    if (before.state !== open.before) {
      before.state = open.before
      const entries = open.before.state === 'absent' ? [] : scan(open.before)
      before.index = entries === null ? null : indexEntries(entries)
      before.ids = new Set(entries?.map(idOf))
    }
    if (added === null || before.index === null) {
      unreadable.push(reference)
      continue
    }
    const { names, commit, made } = open
    const changes = findProposedChanges(before.index, added, now)
    if (changes.length > 0) proposals.push({ names, commit, made, changes })
    const known = before.ids
    const target = reference.isOutside ? outside : own
    for (const entry of added) {
      if (known.has(idOf(entry)) || published.has(versionOf(entry))) continue
      target.set(objectId(entry), reference)
      if (entry.stagingKey === null) continue
      for (const key of stagedKeys(entry.stagingKey)) {
        target.set(objectId({ bucket: staging, key }), reference)
      }
      const { base: sha256 } = parseStagingKey(entry.stagingKey) ?? {}
      if (sha256 !== undefined) target.set(baseId(entry, sha256), reference)
    }
  }
  return {
    find: (object) => {
      const sha256 = versionHash(object.key)
      const ids = [objectId(object), ...(sha256 === undefined ? [] : [baseId(object, sha256)])]
      const found = [
        ...[own, outside].flatMap((known) => ids.map((id) => known.get(id))),
        ...unreadable,
      ].filter((one) => one !== undefined)
      return found.toSorted((a, b) => Number(a.isOutside) - Number(b.isOutside))
    },
    unreadable,
    proposals,
  }
}

/** What a proposed delta builds upon: by its hash, in the folder of the version that it is of. */
function baseId({ bucket, key }: { bucket: string; key: string }, sha256: string): string {
  return `${bucket}\0${folderOf(key)}\0${sha256}`
}

/** The state where a line left the base; read once for those that follow each other with the same. */
interface Before {
  state: FileState | null
  index: ReadonlyMap<string, ScannedEntry> | null
  ids: ReadonlySet<string>
}

/** Null: it may mean anything. A manifest that is gone, or somewhere else now, may too. */
function scan(file: FileState): ScannedEntry[] | null {
  return file.state === 'file' ? scanManifest(file.content) : null
}

function describe({ names }: OpenReference): Reference {
  const branch = names.find((name) => name.startsWith('refs/heads/'))
  if (branch !== undefined) {
    return { by: `the branch '${branch.slice('refs/heads/'.length)}'`, isOutside: false }
  }
  // `refs/pull/<number>/head`
  return { by: `pull request ${names[0]?.split('/')[2]}`, isOutside: true }
}

/** Tells entries of two states apart by all that refers to an object. */
function idOf(entry: ScannedEntry): string {
  const { bucket, key, stagingKey, pending } = entry
  return `${versionOf(entry)}\0${bucket}\0${key}\0${stagingKey}\0${pending}`
}

function versionOf({ dataset, number, sha256 }: ScannedEntry): string {
  return `${dataset}\0${number}\0${sha256}`
}
