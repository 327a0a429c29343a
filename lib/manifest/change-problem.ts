/** A rule about changes of a manifest that is broken; scripts may depend on the names. */
export type ChangeCode =
  | 'DM_CHANGE_NAME'
  | 'DM_CHANGE_BUCKET'
  | 'DM_CHANGE_DATASET_MARKED'
  | 'DM_CHANGE_ENTRY_MARKED'
  | 'DM_CHANGE_VERSION'
  | 'DM_CHANGE_REVERTED'
  | 'DM_CHANGE_KEY'
  | 'DM_CHANGE_STAGING_KEY'
  | 'DM_CHANGE_ROLLBACK'
  | 'DM_CHANGE_PUBLISHED'
  | 'DM_CHANGE_REMOVED'
  | 'DM_CHANGE_SELF_PUBLISHED'

/** Why a change of a manifest is not legal. */
export interface ChangeProblem {
  readonly code: ChangeCode
  /** The dataset's name. */
  readonly dataset: string
  /** Null where it is about the dataset as a whole. */
  readonly version: string | null
  /** What is wrong, and what to do. */
  readonly message: string
}
