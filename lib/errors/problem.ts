import type { ErrorCode } from './definitions.ts'
import type { DmError } from './dm-error.ts'

/** What is refused, or not as it should be, of one version, or of a dataset as a whole. */
export interface Problem {
  /** From the catalogue, as every failure. */
  readonly code: ErrorCode
  /** `''`: of the manifest as a whole. */
  readonly dataset: string
  /** null: of the dataset as a whole. */
  readonly version: string | null
  readonly message: string
}

/** A failure from the catalogue as the problem of one version: what happened, and what to do. */
export function toProblem(
  { code, message, hint }: DmError,
  { dataset, version }: Pick<Problem, 'dataset' | 'version'>,
): Problem {
  return { code, dataset, version, message: `${message} ${hint}` }
}
