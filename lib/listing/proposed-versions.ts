import type { Base } from '../base/base.ts'
import { isDmError } from '../errors/dm-error.ts'
import { blobSizes, openBlobs } from '../git/read-file.ts'
import { listReferences } from '../git/refs.ts'
import type { Repository } from '../git/repository.ts'
import { pathFromRoot } from '../git/verify-names.ts'
import { isPending } from '../manifest/status.ts'
import { parseManifest } from '../manifest/parse-manifest.ts'
import type { Dataset, VersionEntry } from '../manifest/types.ts'

/** A version that a branch proposes. */
export interface ProposedVersion {
  readonly branch: string
  /** The branch's tip. */
  readonly commit: string
  readonly dataset: Dataset
  readonly entry: VersionEntry
}

/** What branches propose. */
export interface Proposed {
  readonly versions: readonly ProposedVersion[]
  /** What git calls the branches whose manifest was not read: it is too large, or no manifest. */
  readonly unread: readonly string[]
}

/** How much of the manifests of branches is read, in bytes: a list is to come at once. */
const readAtMost = 16 * 1024 * 1024

/**
 * What the branches of dm (`data/…`) propose beyond the base, here and as last fetched; in the
 * order of their names. Asks no remote: what a partial clone lacks is not fetched for this.
 *
 * @param path of the manifest, relative to the data repository
 */
export async function readProposedVersions(
  repository: Repository,
  { commit: base, manifest }: Base,
  path: string,
  signal?: AbortSignal,
): Promise<Proposed> {
  const { remote, prefix, env } = repository
  const fetched = remote === null ? null : `refs/remotes/${remote}/`
  const spaces = [...(fetched === null ? [] : [`${fetched}data`]), 'refs/heads/data']
  // Branches that were merged stay for long, some for ever.
  const references = await listReferences(repository, spaces, signal, base)
  const branches = new Map(
    references.map(({ name, commit }) => {
      const start = fetched !== null && name.startsWith(fetched) ? fetched : 'refs/heads/'
      const short = name.replace(/^refs\/\w+\//, '')
      const found = { branch: name.slice(start.length), commit, short }
      return [`${commit}:${pathFromRoot(prefix, path)}`, found]
    }),
  )
  if (branches.size === 0) return { versions: [], unread: [] }
  const known = new Map(manifest.datasets.map((dataset) => [dataset.fileName, dataset.history]))
  const isNews = (name: string, { version, sha256 }: VersionEntry): boolean =>
    known
      .get(name)
      ?.every((one) => one.version !== version || (isPending(one) && one.sha256 !== sha256)) ?? true
  const proposed = new Map<string, ProposedVersion>()
  const unread: string[] = []
  const place = { ...repository, env: { ...env, GIT_NO_LAZY_FETCH: '1' } }
  const sizes = await blobSizes(place, [...branches.keys()], signal).catch((error: unknown) => {
    // Without the folders too, git ends at the first of them.
    if (!repository.isPartial || !isDmError(error, 'DM_GIT_FAILED')) throw error
    return new Map<string, number>()
  })
  const blobs = openBlobs(place, signal)
  try {
    let left = readAtMost
    const inOrder = [...branches].toSorted(([, a], [, b]) => a.branch.localeCompare(b.branch))
    for (const [name, { branch, commit, short }] of inOrder) {
      const bytes = sizes.get(name)
      // It has no manifest, or not here.
      if (bytes === undefined) continue
      const file = bytes > left ? null : await blobs.read(name, left)
      const datasets = file?.state === 'file' ? datasetsOf(file.content) : null
      if (file !== null) left -= bytes
      if (datasets === null) unread.push(short)
      for (const dataset of datasets ?? []) {
        for (const entry of dataset.history.filter(isPending)) {
          if (!isNews(dataset.fileName, entry)) continue
          const id = `${branch}\0${dataset.fileName}\0${entry.version}\0${entry.sha256}`
          proposed.set(id, { branch, commit, dataset, entry })
        }
      }
    }
  } finally {
    blobs.close()
  }
  return { versions: [...proposed.values()], unread }
}

/** Null: it is no manifest. */
function datasetsOf(content: Buffer): readonly Dataset[] | null {
  try {
    return parseManifest(content, { source: '' }).datasets
  } catch (error) {
    if (isDmError(error)) return null
    throw error
  }
}
