import type { Base } from '../base/base.ts'
import { isDmError } from '../errors/dm-error.ts'
import { openBlobs } from '../git/read-file.ts'
import { listReferences } from '../git/refs.ts'
import type { Repository } from '../git/repository.ts'
import { pathFromRoot } from '../git/verify-names.ts'
import { isPending } from '../manifest/status.ts'
import { parseManifest } from '../manifest/parse-manifest.ts'
import type { Dataset, VersionEntry } from '../manifest/types.ts'

/** A version that a branch proposes. */
export interface ProposedVersion {
  readonly branch: string
  readonly dataset: Dataset
  readonly entry: VersionEntry
}

/** How much of the manifests of branches is read, in bytes: a list is to come at once. */
const readAtMost = 16 * 1024 * 1024

/**
 * What the branches of dm (`data/…`) propose beyond the base, here and as last fetched; in the
 * order of their names. Asks no remote; leaves out what it cannot read.
 *
 * @param path of the manifest, relative to the data repository
 */
export async function readProposedVersions(
  repository: Repository,
  { commit: base, manifest }: Base,
  path: string,
  signal?: AbortSignal,
): Promise<ProposedVersion[]> {
  const { remote, prefix, env } = repository
  const fetched = remote === null ? null : `refs/remotes/${remote}/`
  const spaces = [...(fetched === null ? [] : [`${fetched}data`]), 'refs/heads/data']
  // Branches that were merged stay for long, some for ever.
  const references = await listReferences(repository, spaces, signal, base)
  const branches = new Map(
    references.map(({ name, commit }) => [
      commit,
      name.slice((fetched !== null && name.startsWith(fetched) ? fetched : 'refs/heads/').length),
    ]),
  )
  if (branches.size === 0) return []
  const known = new Map(manifest.datasets.map((dataset) => [dataset.fileName, dataset.history]))
  const isNews = (name: string, { version, sha256 }: VersionEntry): boolean =>
    known
      .get(name)
      ?.every((one) => one.version !== version || (isPending(one) && one.sha256 !== sha256)) ?? true
  const proposed = new Map<string, ProposedVersion>()
  // What a partial clone lacks is not fetched for this.
  const place = { ...repository, env: { ...env, GIT_NO_LAZY_FETCH: '1' } }
  const blobs = openBlobs(place, signal)
  try {
    let left = readAtMost
    for (const [commit, branch] of [...branches].toSorted(([, a], [, b]) => a.localeCompare(b))) {
      const file = await blobs.read(`${commit}:${pathFromRoot(prefix, path)}`, left)
      // Git sends it whole, whoever wants it or not.
      if (file.state === 'too-large') break
      if (file.state !== 'file') continue
      left -= file.content.length
      for (const dataset of datasetsOf(file.content)) {
        for (const entry of dataset.history.filter(isPending)) {
          if (!isNews(dataset.fileName, entry)) continue
          const id = `${branch}\0${dataset.fileName}\0${entry.version}\0${entry.sha256}`
          proposed.set(id, { branch, dataset, entry })
        }
      }
    }
  } finally {
    blobs.close()
  }
  return [...proposed.values()]
}

function datasetsOf(content: Buffer): readonly Dataset[] {
  try {
    return parseManifest(content, { source: '' }).datasets
  } catch (error) {
    if (isDmError(error)) return []
    throw error
  }
}
