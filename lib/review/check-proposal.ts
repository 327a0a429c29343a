import { readManifestAt } from '../base/base.ts'
import { readRetired, type Retired } from '../base/read-retired.ts'
import { datasetBuckets, publicBuckets } from '../config/buckets.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { type DmError, isDmError, type Problem, toProblem } from '../errors/dm-error.ts'
import { treeEntries } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import type { ProposedItem } from '../manifest/proposed-items.ts'
import { retiredPath } from '../manifest/retired.ts'
import type { Manifest } from '../manifest/types.ts'
import type { FileClaim } from './check-diff.ts'
import { checkFiles } from './check-files.ts'
import { checkManifest } from './check-manifest.ts'
import { isRestored, wasThere } from './past.ts'
import { type PlacedProblem, placeProblems } from './placed-problem.ts'
import { compareWith, type Comparison, type Reviewed } from './proposal.ts'

/** What a proposal asks for, and what is against it. */
export interface CheckedProposal {
  readonly items: readonly ProposedItem[]
  readonly problems: readonly PlacedProblem[]
  readonly notices: readonly DmError[]
  /** What is said of the data in files of the proposal. */
  readonly claims: readonly FileClaim[]
  /** The manifests at the head and at the base; null: the head has none that can be read. */
  readonly after: Manifest | null
  readonly base: Manifest
  /** What the base has given up. */
  readonly retired: Retired
  /** The manifest's path from git's root. */
  readonly file: string
}

export interface CheckOptions {
  readonly config: ResolvedConfig
  readonly now: Date
  readonly signal?: AbortSignal | undefined
}

/**
 * Holds a proposal against the table of legal changes, compared with every place where it left the
 * base. Nothing of it is run or checked out: config and rules are those of whoever calls.
 *
 * @throws DM_MANIFEST_… where the base itself has no valid manifest; DM_GIT_…
 */
export async function checkProposal(
  repository: Repository,
  reviewed: Reviewed,
  { config, now, signal }: CheckOptions,
): Promise<CheckedProposal> {
  const { base: tip, head, forks } = reviewed
  const { manifest: path } = config
  const base = await readManifestAt(repository, tip, path, signal)
  const file = `${repository.prefix}${path}`
  const after = await readManifestAt(repository, head, path, signal).catch((error: unknown) => {
    if (isDmError(error) && (error.exit === 3 || error.code.startsWith('DM_GIT_'))) return error
    throw error
  })
  const retired = await readRetired(repository, tip, path, signal)
  if (after instanceof Error) {
    return {
      items: [],
      problems: unreadable(after, file),
      notices: [],
      claims: [],
      after: null,
      base,
      retired,
      file,
    }
  }
  const isPublic = publicBuckets(config)
  const checks = await Promise.all(
    forks.map(async (fork) => {
      const compared = await compareWith(repository, fork, head, path, signal)
      const manifest = await checkManifest({
        before: compared.before,
        after,
        base,
        retired,
        buckets: datasetBuckets(config),
        isPublic,
        fields: config.fields,
        wasThere: (item) => wasThere(repository, tip, path, item, signal),
        now,
      })
      const files = await checkFilesOf(
        repository,
        reviewed,
        compared,
        manifest.items,
        config,
        signal,
      )
      const { items, problems } = manifest
      const { notices, claims } = files
      return { items, problems: [...problems, ...files.problems], notices, claims }
    }),
  )
  const placed = placeProblems(after, file)
  const problems = unique(checks.flatMap((one) => one.problems)).map(placed)
  const notices = new Map(checks.flatMap((one) => one.notices.map((note) => [note.message, note])))
  const claims = new Map(checks.flatMap((one) => one.claims.map((claim) => [claim.path, claim])))
  // What is proposed compared with one place only is proposed.
  const items = new Map(
    checks.flatMap((one) =>
      one.items.map((item) => {
        const { kind, dataset, entry } = item
        return [`${kind}\0${dataset.fileName}\0${entry?.version ?? ''}`, item] as const
      }),
    ),
  )
  return {
    items: [...items.values()],
    problems,
    notices: [...notices.values()],
    claims: [...claims.values()],
    after,
    base,
    retired,
    file,
  }
}

async function checkFilesOf(
  repository: Repository,
  reviewed: Reviewed,
  { before, paths, more }: Comparison,
  items: readonly ProposedItem[],
  config: ResolvedConfig,
  signal: AbortSignal | undefined,
): ReturnType<typeof checkFiles> {
  const { prefix } = repository
  const { manifest, diffs, page } = config
  return checkFiles({
    before,
    items,
    paths,
    more,
    prefix,
    manifest,
    diffs,
    page,
    isPublic: publicBuckets(config),
    isRetiredRestored: () => isRestored(repository, reviewed, retiredPath(manifest), signal),
    findMode: async (path) =>
      (await treeEntries(repository, reviewed.head, [path], signal)).get(path)?.mode ?? null,
  })
}

/** Compared with several places, most problems are found several times. */
function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((one) => [JSON.stringify(one), one])).values()]
}

function unreadable(error: DmError, file: string): PlacedProblem[] {
  const whole = { dataset: '', version: null }
  if (!isDmError(error, 'DM_MANIFEST_INVALID')) {
    return [{ ...toProblem(error, whole), file, line: 1 }]
  }
  return error.context.problems.map(({ line, path, reason }) => ({
    code: error.code,
    ...whole,
    message: `${path} ${reason}.`.trim(),
    file,
    line,
  }))
}
