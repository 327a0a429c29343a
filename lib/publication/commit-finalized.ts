import type { Base } from '../base/base.ts'
import { readManifestAt } from '../base/read-manifest-at.ts'
import { DmError } from '../errors/dm-error.ts'
import { fetchBase } from '../git/fetch-base.ts'
import { hasRemote } from '../git/list-remote.ts'
import { pushCommit, type PushOutcome } from '../git/push-commit.ts'
import { readBase } from '../git/read-base.ts'
import type { Repository } from '../git/repository.ts'
import { updateLocalBranch } from '../git/update-local-branch.ts'
import { writeCommit } from '../git/write-commit.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { formatManifest } from '../manifest/format-manifest.ts'
import type { Manifest } from '../manifest/types.ts'
import { formatDatasetPage } from './dataset-page.ts'
import { type Finalized, finalize } from './finalize.ts'
import type { Deletion, Publication } from './publication.ts'

/** How often the base may move under a publication before it gives up. */
const attempts = 5

export interface FinalCommit {
  readonly repository: Repository
  /** Paths relative to the data repository; `page` null: no page of the datasets. */
  readonly paths: Pick<ResolvedConfig, 'manifest' | 'page'>
  /** By logical name, for the links of the page. */
  readonly buckets: ResolvedConfig['buckets']
  readonly date: Date
  readonly signal: AbortSignal
  /** Called with a sentence for the user. */
  readonly notice: (sentence: string) => void
}

/** What was committed to the base; `commit` is null where nothing of the plan was left to do. */
export interface Committed extends Finalized {
  readonly commit: string | null
}

/**
 * Commits proven publications and deletions to the base: pushed where there is a remote, else by
 * moving the local branch. Where the base has moved meanwhile, it starts again from its new tip.
 *
 * @throws DM_PUSH_REFUSED, DM_BASE_BUSY, DM_GIT_…
 */
export async function commitFinalized(
  publications: readonly Publication[],
  deletions: readonly Deletion[],
  options: FinalCommit,
): Promise<Committed> {
  const { repository, paths, date, signal } = options
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const base = await fetchTip(repository, paths.manifest, signal)
    const finalized = finalize(base, publications, deletions)
    const { published, deleted, manifest } = finalized
    if (published.length + deleted.length === 0 || base.commit === null) {
      return { ...finalized, commit: null }
    }
    const files = filesOf(manifest, options)
    const message = messageOf(finalized)
    const parents = [base.commit]
    const commit = await writeCommit(repository, { parents, files, message, date }, signal)
    const outcome = await land(base.commit, commit, [...files.keys()], options)
    if (outcome.outcome === 'pushed') return { ...finalized, commit }
    if (outcome.outcome === 'refused') {
      throw new DmError('DM_PUSH_REFUSED', {
        branch: repository.base,
        detail: outcome.detail.trim(),
      })
    }
  }
  throw new DmError('DM_BASE_BUSY', { base: repository.base, attempts })
}

function filesOf(manifest: Manifest, { paths, buckets }: FinalCommit): Map<string, Buffer> {
  const files = new Map([[paths.manifest, Buffer.from(formatManifest(manifest))]])
  if (paths.page !== null) {
    files.set(paths.page, Buffer.from(formatDatasetPage(manifest, buckets)))
  }
  return files
}

async function fetchTip(
  repository: Repository,
  manifestPath: string,
  signal: AbortSignal,
): Promise<Base> {
  await fetchBase(repository, signal)
  const commit = await readBase(repository, signal)
  return { commit, manifest: await readManifestAt(repository, commit, manifestPath, signal) }
}

async function land(
  expected: string,
  commit: string,
  files: readonly string[],
  { repository, signal }: FinalCommit,
): Promise<PushOutcome> {
  const branch = repository.base
  if (hasRemote(repository)) return pushCommit(repository, { commit, branch, expected }, signal)
  const update = { branch, commit, expected, refresh: files }
  const updated = await updateLocalBranch(repository, update, signal)
  if (updated.outcome === 'moved') return updated
  return { outcome: 'pushed', tip: commit }
}

function messageOf({ published, deleted }: Finalized): string {
  const lines = [
    ...published.map(({ dataset, version }) => `Publish ${dataset} ${version}`),
    ...deleted.map(({ dataset, version }) => `Delete ${dataset} ${version}`),
  ]
  const [only = ''] = lines
  return lines.length === 1 ? only : `Publish ${lines.length} changes\n\n${lines.join('\n')}`
}
