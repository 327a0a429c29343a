import { type Base, fetchBase, rememberWritten } from '../base/base.ts'
import { scanHistory } from '../base/history.ts'
import { readRetired, rememberRetired } from '../base/read-retired.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { hasRemote, type Repository } from '../git/repository.ts'
import { pushCommit, type PushOutcome } from '../git/push-commit.ts'
import { updateLocalBranch } from '../git/update-local-branch.ts'
import { writeCommit } from '../git/write-commit.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { formatManifest } from '../manifest/format-manifest.ts'
import { findDataset } from '../manifest/lookup.ts'
import { retire } from '../manifest/retire.ts'
import { formatRetired, isSameRetired, parseRetired, retiredPath } from '../manifest/retired.ts'
import type { RetiredList } from '../manifest/retired.ts'
import { removePages, writePages } from './write-pages.ts'
import { type Finalized, finalize } from './finalize.ts'
import type { Inventory } from './inventory.ts'
import type { Promoted, PublicationPlan } from './publication.ts'

/** How often the base may move under a publication before it gives up. */
const attempts = 5

export interface PublicationCommit {
  readonly repository: Repository
  /** Paths relative to the data repository; `page` null: no page of the datasets. */
  readonly paths: Pick<ResolvedConfig, 'manifest' | 'page'>
  /** By logical name, for the links of the page. */
  readonly buckets: ResolvedConfig['buckets']
  readonly plan: Pick<PublicationPlan, 'deletions' | 'usedNumbers' | 'orphans'>
  /** Those whose bytes are proven. */
  readonly promoted: readonly Promoted[]
  readonly inventory: Inventory
  /** The time by the store's clock. */
  readonly now: () => Promise<Date>
  readonly date: Date
  readonly signal: AbortSignal
  /** Called with what the user should know. */
  readonly notice: (notice: DmError) => void
}

/** What was committed to the base; `commit` is null where there was nothing to say. */
export interface Committed extends Finalized {
  readonly commit: string | null
}

/**
 * Commits proven publications and deletions to the base: pushed where there is a remote, else by
 * moving the local branch. Where the base has moved meanwhile, it starts again from its new tip.
 *
 * @throws DM_PUSH_REFUSED, DM_BASE_BUSY, DM_GIT_…
 */
export async function commitPublication(options: PublicationCommit): Promise<Committed> {
  const { repository, paths, plan, promoted, date, signal } = options
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const base = await fetchBase(repository, paths.manifest, signal)
    const finalized = finalize(base.manifest, promoted, plan.deletions)
    const files = base.commit === null ? new Map() : await filesOf(base, finalized, options)
    if (base.commit === null || files.size === 0) return { ...finalized, commit: null }
    const parents = [base.commit]
    const message = messageOf(finalized)
    const write = (): Promise<string> =>
      writeCommit(repository, { parents, files, message, date }, signal)
    const commit = await write().catch((error: unknown) => {
      const { page } = paths
      const isBlocked = isDmError(error, 'DM_GIT_PATH_BLOCKED')
      if (!isBlocked || page === null || !removePages(files, page)) throw error
      options.notice(new DmError('DM_PAGE_FOREIGN', { page }))
      return write()
    })
    const content = files.get(paths.manifest)
    if (content) rememberWritten(repository, { commit, content, manifest: finalized.manifest })
    const outcome = await land(base.commit, commit, [...files.keys()], options)
    if (outcome.outcome === 'pushed') {
      const before = await readRetired(repository, base.commit, paths.manifest, signal)
      const written = files.get(retiredPath(paths.manifest))
      const list = written === undefined ? null : parseRetired(written, '')
      rememberRetired(repository, { commit, path: paths.manifest }, before, list)
      return { ...finalized, commit }
    }
    if (outcome.outcome === 'refused') {
      throw new DmError('DM_PUSH_REFUSED', {
        branch: repository.base,
        detail: outcome.detail.trim(),
      })
    }
  }
  throw new DmError('DM_BASE_BUSY', { base: repository.base, attempts })
}

/** The files that are different after the publication; none: there is nothing to commit. */
async function filesOf(
  base: Base,
  finalized: Finalized,
  options: PublicationCommit,
): Promise<Map<string, Buffer | null>> {
  const { paths } = options
  const files = new Map<string, Buffer | null>()
  const list = await nextRetired(base, finalized, options)
  if (list !== null) files.set(retiredPath(paths.manifest), Buffer.from(formatRetired(list)))
  if (finalized.published.length + finalized.deleted.length === 0) return files
  // Git reads while this process writes.
  const pages = writePages(base, finalized, options)
  files.set(paths.manifest, Buffer.from(formatManifest(finalized.manifest)))
  for (const [path, text] of await pages) files.set(path, text)
  return files
}

/** The list of what was given up, where it is to be written; null: it stays as it is. */
async function nextRetired(
  base: Base,
  { manifest, published, deleted }: Finalized,
  { repository, paths, plan, inventory, now, signal }: PublicationCommit,
): Promise<RetiredList | null> {
  const retired = await readRetired(repository, base.commit, paths.manifest, signal)
  const { usedNumbers, orphans } = plan
  // Without a list, and with nothing given up, the manifests of many years need not be compared.
  if (retired.list === null && deleted.length + usedNumbers.size + orphans.length === 0) return null
  const before = { manifest: base.manifest, retired: retired.list }
  const hasOther = published.length + deleted.length > 0
  const list = retire(before, manifest, {
    since: deleted.length + plan.orphans.length > 0 ? await now() : new Date(0),
    // Told apart only together with another change: nobody needs a commit for it.
    isGone: ({ bucket, key }) => hasOther && inventory.sizeOf(bucket, key) === null,
    numbers: plan.usedNumbers,
    orphans: plan.orphans,
  })
  if (list === null) return null
  if (retired.list === null)
    return withAllThatIsGone(list, base, manifest, repository, paths, signal)
  const isUnchanged = retired.problem === null && isSameRetired(list, retired.list)
  return isUnchanged ? null : list
}

/** The first list also holds the numbers of all names that were gone before there was one. */
async function withAllThatIsGone(
  list: RetiredList,
  base: Base,
  manifest: Finalized['manifest'],
  repository: Repository,
  paths: PublicationCommit['paths'],
  signal: AbortSignal,
): Promise<RetiredList> {
  const { highest } = await scanHistory(repository, base.commit, paths.manifest, { signal })
  const gone = [...highest].filter(([name]) => findDataset(manifest, name) === undefined)
  const numbers = new Map(list.numbers)
  for (const [name, number] of gone) numbers.set(name, Math.max(number, numbers.get(name) ?? 0))
  return { ...list, numbers }
}

async function land(
  expected: string,
  commit: string,
  files: readonly string[],
  { repository, signal, notice }: PublicationCommit,
): Promise<PushOutcome> {
  const branch = repository.base
  if (hasRemote(repository)) return pushCommit(repository, { commit, branch, expected }, signal)
  const update = { branch, commit, expected, refresh: files }
  const updated = await updateLocalBranch(repository, update, signal)
  if (updated.outcome === 'moved') return updated
  for (const one of updated.left) notice(new DmError('DM_FILE_LEFT', { ...one, branch }))
  return { outcome: 'pushed', tip: commit }
}

function messageOf({ published, deleted }: Finalized): string {
  const lines = [
    ...published.map(({ dataset, version }) => `Publish ${dataset} ${version}`),
    ...deleted.map(({ dataset, version }) => `Delete ${dataset} ${version}`),
  ]
  const [only = 'Correct the list of what was given up'] = lines
  return lines.length <= 1 ? only : `Publish ${lines.length} changes\n\n${lines.join('\n')}`
}
