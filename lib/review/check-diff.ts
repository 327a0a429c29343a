import type { DatabaseDiff } from '../diff/types.ts'
import { diffTitle, storedText } from '../diff/version-diff.ts'
import { DmError, isDmError, type Problem, toProblem } from '../errors/dm-error.ts'
import { readFile } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import type { VersionName } from '../manifest/types.ts'
import type { PlacedProblem } from './placed-problem.ts'

/** What an author says is different in a version. */
export interface DiffClaim {
  readonly dataset: string
  readonly version: VersionName
  /** What it is compared with. */
  readonly from: VersionName
}

/** In a file of the proposal. */
export interface FileClaim extends DiffClaim {
  /** From git's root. */
  readonly path: string
}

/** Beside its staged bytes: of a dataset in a private bucket. */
export interface StagedClaim extends DiffClaim {
  readonly text: Buffer
}

export interface ClaimCheck {
  readonly repository: Repository
  readonly head: string
  /** The most lines of SQL that are stored, as the config of whoever checks has it. */
  readonly lines: number
  /** Tells where in the proposed manifest a problem stands. */
  readonly placed: (problem: Problem) => PlacedProblem
  readonly signal: AbortSignal
}

/**
 * Holds a stored diff against the one computed now from the same bytes: it is to be the same text, with the
 * SQL or the first rows alone, whatever `diff.lines` its author had. Nothing of it is run.
 *
 * @param diff with its SQL
 * @returns what is wrong; null: nothing; 'unproved': SQL could not be proved here, so nobody knows
 * @throws DM_GIT_…; errors of the file system
 */
export async function checkDiff(
  claim: FileClaim | StagedClaim,
  diff: DatabaseDiff,
  { repository, head, lines, placed, signal }: ClaimCheck,
): Promise<PlacedProblem | null | 'unproved'> {
  const { dataset, version, from } = claim
  const title = diffTitle({ dataset, from, to: version })
  const path = 'path' in claim ? claim.path : null
  const stored =
    'text' in claim ? claim.text : await readBytes(repository, head, claim.path, signal)
  const differences: number[] = []
  for (const most of [lines, 0, Infinity]) {
    const expected = await storedText(diff, { title, lines: most })
    if (stored.equals(Buffer.from(expected))) return null
    differences.push(firstDifference(stored.toString(), expected))
  }
  if (diff.sql !== null && 'isUnproved' in diff.sql) return 'unproved'
  const name = { dataset, version }
  // Of a private dataset not even the line is told.
  if (path === null) {
    return placed(toProblem(new DmError('DM_CHECK_DIFF_STAGED', { ...name, from }), name))
  }
  // The form that it agrees with for longest is the one that it was to be.
  const line = Math.max(...differences)
  const error = new DmError('DM_CHECK_DIFF_FALSE', { ...name, from, path, line })
  return { ...toProblem(error, name), file: path, line }
}

/** Empty where it is longer than any that is stored. */
async function readBytes(
  repository: Repository,
  head: string,
  path: string,
  signal: AbortSignal,
): Promise<Buffer> {
  try {
    const own = path.slice(repository.prefix.length)
    return (await readFile(repository, head, own, { signal })) ?? Buffer.alloc(0)
  } catch (error) {
    if (isDmError(error, 'DM_GIT_FILE_TOO_LARGE')) return Buffer.alloc(0)
    throw error
  }
}

/** The first line, from 1, that is another. */
function firstDifference(one: string, other: string): number {
  const [lines, others] = [one.split('\n'), other.split('\n')]
  const at = others.findIndex((line, index) => line !== lines[index])
  // Where more follows, it is the last one of what should be there.
  return Math.min(at === -1 ? others.length : at + 1, lines.length)
}
