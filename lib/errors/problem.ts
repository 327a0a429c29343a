import type { ErrorCode } from './definitions.ts'

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
