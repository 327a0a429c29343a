import type { Base } from '../base/base.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { readFile, treeEntries } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import { pathFromRoot } from '../git/verify-names.ts'
import { versionNumber } from '../manifest/versions.ts'
import { isOwnPage, olderPagesFolder, type OlderPage, planDatasetPages } from './dataset-page.ts'
import type { Finalized } from './finalize.ts'

export interface PagesOptions {
  readonly repository: Repository
  readonly paths: Pick<ResolvedConfig, 'page'>
  readonly buckets: ResolvedConfig['buckets']
  readonly signal: AbortSignal
  /** Called with what the user should know. */
  readonly notice: (notice: DmError) => void
}

/**
 * The pages that a publication changes, by their path (null: it goes): that of the newest versions, and of those of
 * older ones what it touches or what is not there yet. What is there and is not a page that dm wrote is
 * left alone, and told.
 *
 * @param finalized what the publication makes of the base's manifest
 */
export async function writePages(
  { commit, manifest: before }: Base,
  finalized: Finalized,
  { repository, paths: { page }, buckets, signal, notice }: PagesOptions,
): Promise<Map<string, Buffer | null>> {
  const files = new Map<string, Buffer | null>()
  if (page === null || commit === null) return files
  const { newest, older } = planDatasetPages(finalized.manifest, buckets, page)
  const previous = planDatasetPages(before, buckets, page).older
  const present = await findPresent(repository, commit, [...older, ...previous], signal)
  const changed = older.filter((one) => !present.has(one.path) || isTouched(one, finalized))
  const kept = new Set(older.map(({ path }) => path))
  // Its versions are deleted, or among the newest again.
  const gone = previous.filter(({ path }) => !kept.has(path))
  for (const { path, format } of [
    newest,
    ...changed,
    ...gone.map(({ path: old }) => ({ path: old, format: null })),
  ]) {
    const isThere = path === page || present.has(path)
    const found = isThere ? await readPage(repository, commit, path, signal) : null
    if (found !== null && !isOwnPage(found)) notice(new DmError('DM_PAGE_FOREIGN', { page: path }))
    else files.set(path, format === null ? null : Buffer.from(format()))
  }
  return files
}

/** Takes the pages out of the files of a commit; false: there are none among them. */
export function removePages(files: Map<string, unknown>, page: string): boolean {
  const folder = `${olderPagesFolder(page)}/`
  const pages = [...files.keys()].filter((path) => path === page || path.startsWith(folder))
  for (const path of pages) files.delete(path)
  return pages.length > 0
}

function isTouched(
  { dataset, first, last }: OlderPage,
  { published, deleted }: Finalized,
): boolean {
  return [...published, ...deleted].some((one) => {
    const number = versionNumber(one.version)
    return one.dataset === dataset && number >= first && number <= last
  })
}

/** Whether something lies at the path of each, of whatever kind. */
async function findPresent(
  repository: Repository,
  commit: string,
  older: readonly OlderPage[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (older.length === 0) return new Set()
  const { prefix } = repository
  const byPath = new Map(older.map(({ path }) => [pathFromRoot(prefix, path), path]))
  const entries = await treeEntries(repository, commit, [...byPath.keys()], signal)
  return new Set([...entries.keys()].flatMap((path) => byPath.get(path) ?? []))
}

/** What is no file is in the way of writing one, and told then. */
async function readPage(
  repository: Repository,
  commit: string,
  page: string,
  signal: AbortSignal,
): Promise<Buffer | null> {
  return readFile(repository, commit, page, { signal }).catch((error: unknown) => {
    if (isDmError(error, 'DM_GIT_NOT_A_FILE')) return null
    throw error
  })
}
