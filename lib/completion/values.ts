import { readBase } from '../base/base.ts'
import { datasetBuckets } from '../config/buckets.ts'
import type { Project } from '../config/open-project.ts'
import { openRepository } from '../git/repository.ts'
import type { Kind } from '../graph/operation.ts'
import { readProposedVersions } from '../listing/proposed-versions.ts'

/** A word that would fit, and what it is. */
export interface Candidate {
  readonly value: string
  readonly description: string
}

/**
 * What there is of a kind in a data repository, as it was last fetched; asks no remote, also in a clone
 * that lacks objects.
 *
 * @param typed what is there of the word already
 * @param item the dataset, `NAME` or `NAME@vN`, that the command line names besides
 * @throws DM_GIT_…, DM_MANIFEST_…
 */
export async function findValues(
  { root, env, config }: Project,
  kind: Exclude<Kind, 'file' | 'command'>,
  { typed, item }: { readonly typed: string; readonly item: string | undefined },
): Promise<Candidate[]> {
  if (kind === 'bucket') {
    return datasetBuckets(config).map((value) => ({ value, description: 'bucket' }))
  }
  const opened = await openRepository({ cwd: root, env, ...config.git })
  const repository = { ...opened, env: { ...opened.env, GIT_NO_LAZY_FETCH: '1' } }
  const base = await readBase(repository, config.manifest)
  const { versions: proposed } = await readProposedVersions(repository, base, config.manifest)
  if (kind === 'branch') {
    return proposed.map(({ branch, dataset, entry }) => ({
      value: branch,
      description: `${dataset.fileName} ${entry.version}`,
    }))
  }
  const entries = [...base.manifest.datasets, ...proposed.map(({ dataset }) => dataset)]
  const names = [...new Set(entries.map(({ fileName }) => fileName))]
  const versionsOf = (name: string): string[] => [
    ...new Set(
      entries
        .filter(({ fileName }) => fileName === name)
        .flatMap(({ history }) => history.map(({ version }) => version)),
    ),
  ]
  if (kind === 'version') {
    const name = names.find((one) => one === item || item?.startsWith(`${one}@`))
    if (name === undefined) return []
    return versionsOf(name).map((value) => ({ value, description: name }))
  }
  const datasets = names.map((value) => ({ value, description: 'dataset' }))
  if (kind !== 'item') return datasets
  // All versions of all datasets would be a long list: those of one come when its name is there.
  const own = names.filter((name) => typed === name || typed.startsWith(`${name}@`))
  return [
    ...datasets,
    ...own.flatMap((name) =>
      versionsOf(name).map((version) => ({ value: `${name}@${version}`, description: version })),
    ),
  ]
}
