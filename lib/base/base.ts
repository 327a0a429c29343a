import type { Manifest } from '../manifest/types.ts'

/** The state of the branch that counts. */
export interface Base {
  /** Its tip; null: nothing has been committed yet. */
  readonly commit: string | null
  /** The manifest there; empty where there is none. */
  readonly manifest: Manifest
}
