import { createHash } from 'node:crypto'
import type { Manifest } from '../manifest/types.ts'

/** Something that can be proposed: an edit of the manifest, and what it is called. */
export interface Change {
  /** The dataset's name. */
  readonly dataset: string
  /** What the branch's name ends in: `v4`, `rollback`. */
  readonly slug: string
  /** 8 hex digits that tell it apart from another change of the same name. */
  readonly digits: string
  /**
   * It goes beside what its author proposes on a branch of its name, on one of its own: to mark v1 is
   * not to take back the proposal to mark v2. Else it takes the place of that.
   */
  readonly isAlone?: true
  /**
   * Its slug is the number of a version: an own branch that proposes a lower one, which the base has
   * got otherwise, is where it belongs.
   */
  readonly isNumbered?: true
  /** The first line of its commit, where the author gives none. */
  readonly subject: string
  /**
   * Applies it. Applied to a manifest that has it already, it changes nothing but timestamps.
   *
   * @throws DM_MANIFEST_…, DM_UNKNOWN_… where it cannot be applied
   */
  readonly edit: (manifest: Manifest) => Manifest
}

/** The digits of a change that some words tell apart. */
export function digitsOf(...words: readonly string[]): string {
  return createHash('sha256').update(words.join('\0')).digest('hex').slice(0, 8)
}
