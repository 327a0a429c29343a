import { DmError, type Problem, toProblem } from '../errors/dm-error.ts'
import type { ChangedPath } from '../git/changed-paths.ts'
import { isFile } from '../git/read-file.ts'
import { pendingDiffs } from '../manifest/diff-files.ts'
import { bucketOf } from '../manifest/lookup.ts'
import type { ProposedItem } from '../manifest/proposed-items.ts'
import { retiredPath } from '../manifest/retired.ts'
import { isContent } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry, VersionName } from '../manifest/types.ts'
import { olderPagesFolder } from '../publication/dataset-page.ts'
import type { FileClaim } from './check-diff.ts'

export interface FilesCheck {
  /** The manifest where the proposal left the base. */
  readonly before: Manifest
  readonly items: readonly ProposedItem[]
  /** From git's root. */
  readonly paths: readonly ChangedPath[]
  readonly more: number
  /** The data repository's folder in git: '' or `folder/`. */
  readonly prefix: string
  /** Relative to the data repository. */
  readonly manifest: string
  readonly diffs: string
  readonly page: string | null
  readonly isPublic: (bucket: string) => boolean
  /** Whether the list of what was given up is one that it was before a publication. */
  readonly isRetiredRestored: () => Promise<boolean>
  /** Of the head, by the path from git's root. */
  readonly findMode: (path: string) => Promise<string | null>
}

/** What is wrong with the files that a proposal changes, and what a reviewer should know of them. */
export interface CheckedFiles {
  readonly problems: readonly Problem[]
  readonly notices: readonly DmError[]
  /** The diffs that are in their place: what they say is not looked at. */
  readonly claims: readonly FileClaim[]
}

const whole = { dataset: '', version: null }

/**
 * Holds the files that a proposal changes against what it proposes: data alone, the list of what was
 * given up untouched, and of each new version its own diff. That the diff says what the bytes say is
 * seen where they are compared.
 */
export async function checkFiles(check: FilesCheck): Promise<CheckedFiles> {
  const { items, paths, more, prefix, manifest, diffs, page } = check
  const retired = `${prefix}${retiredPath(manifest)}`
  const own = `${prefix}${manifest}`
  const folder = `${prefix}${diffs}/`
  const isReversal = items.some(({ kind }) => kind === 'reversal')
  const problems: Problem[] = []
  const isData = paths.some(({ path }) => [own, retired].includes(path) || path.startsWith(folder))
  const others = paths
    .map(({ path }) => path)
    .filter((path) => ![own, retired].includes(path) && !path.startsWith(folder))
    // A publication that is reverted takes its pages along.
    .filter((path) => !(isReversal && page !== null && isPageOf(path, `${prefix}${page}`)))
  if (isData && others.length > 0) {
    problems.push(toProblem(new DmError('DM_CHECK_MIXED', { files: others, further: more }), whole))
  }
  if (paths.some(({ path }) => path === retired)) {
    const isRestored = isReversal && (await check.isRetiredRestored())
    if (!isRestored) {
      problems.push(toProblem(new DmError('DM_CHECK_RETIRED', { file: retired }), whole))
    }
  }
  const versions = items.filter(({ kind }) => isContent(kind))
  const diffed = await Promise.all(versions.map((item) => checkDiff(item, check)))
  problems.push(...diffed.flatMap((one) => one.problems))
  const known = new Set(diffed.flatMap(({ claim }) => (claim === null ? [] : [claim.path])))
  // Of what is taken back, or corrected, the diff may go.
  const removable = new Set(pendingDiffs(check.before, manifest).map((path) => `${prefix}${path}`))
  const stray = paths
    .filter(({ path, mode }) => {
      if (!path.startsWith(folder) || known.has(path)) return false
      return !(mode === '000000' && removable.has(path))
    })
    .map(({ path }) => path)
  if (stray.length > 0) {
    problems.push(
      toProblem(new DmError('DM_CHECK_DIFF_STRAY', { files: stray, further: 0 }), whole),
    )
  }
  return {
    problems,
    notices: diffed.flatMap(({ notices }) => notices),
    claims: diffed.flatMap(({ claim }) => (claim === null ? [] : [claim])),
  }
}

interface CheckedDiff {
  readonly claim: FileClaim | null
  readonly problems: readonly Problem[]
  readonly notices: readonly DmError[]
}

function isPageOf(path: string, page: string): boolean {
  return path === page || path.startsWith(`${olderPagesFolder(page)}/`)
}

async function checkDiff(
  { dataset, entry }: ProposedItem,
  check: FilesCheck,
): Promise<CheckedDiff> {
  if (entry === null) return { claim: null, problems: [], notices: [] }
  const name = { dataset: dataset.fileName, version: entry.version }
  const fail = (error: DmError): CheckedDiff => {
    return { claim: null, problems: [toProblem(error, name)], notices: [] }
  }
  const bucket = bucketOf(dataset)
  const given = entry.diffFromPrevious ?? null
  if (given === null) {
    const isFirst = dataset.history.length === 1
    const isShown = check.isPublic(bucket) && !isFirst
    const notices = isShown ? [new DmError('DM_CHECK_NO_DIFF', name)] : []
    return { claim: null, problems: [], notices }
  }
  if (!check.isPublic(bucket))
    return fail(new DmError('DM_CHECK_DIFF_PRIVATE', { ...name, bucket }))
  const path = fromRoot(check.prefix, check.manifest, given)
  const expected = ownDiffs(dataset, entry, check)
  const found = expected.find((one) => one.path === path)
  if (found === undefined) {
    const wanted = expected[0]?.path ?? ''
    return fail(new DmError('DM_CHECK_DIFF_PATH', { ...name, path: given, expected: wanted }))
  }
  const mode = await check.findMode(path)
  if (mode === null || !isFile({ mode })) {
    return fail(new DmError('DM_CHECK_DIFF_MISSING', { ...name, path: given }))
  }
  return { claim: { ...name, ...found }, problems: [], notices: [] }
}

/** `diffs/<name>/diff-vN-to-vM.sql`, from any version below: the one that its author had. */
function ownDiffs(
  { fileName, history }: Dataset,
  { version }: VersionEntry,
  { prefix, diffs }: FilesCheck,
): { from: VersionName; path: string }[] {
  const number = Number(version.slice(1))
  const stem = fileName.replace(/\.sqlite$/, '')
  return history
    .map((other) => Number(other.version.slice(1)))
    .filter((other) => other < number)
    .toSorted((a, b) => b - a)
    .flatMap((other) =>
      [stem, fileName].map((folder) => ({
        from: `v${other}` as const,
        path: `${prefix}${diffs}/${folder}/diff-v${other}-to-${version}.sql`,
      })),
    )
}

/** Paths in a manifest are relative to it. */
function fromRoot(prefix: string, manifest: string, path: string): string {
  return `${prefix}${manifest.slice(0, manifest.lastIndexOf('/') + 1)}${path}`
}
