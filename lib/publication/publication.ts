/** A pending entry that is to be published. */
export interface Publication {
  /** An upload's bytes are copied from staging; a rollback's are in the bucket already. */
  readonly kind: 'upload' | 'rollback'
  /** The dataset's name. */
  readonly dataset: string
  readonly version: string
  /** Logical name. */
  readonly bucket: string
  /** Where the bytes belong in that bucket. */
  readonly key: string
  /** What was reviewed: 64 lower-case hex digits. */
  readonly sha256: string
  /** Where the bytes wait; null for a rollback. */
  readonly stagingKey: string | null
  /** What the manifest will say of where it came from. */
  readonly commit: string
  readonly description: string
}

/** A marked version that is to be removed. */
export interface Deletion {
  readonly dataset: string
  readonly version: string
  readonly bucket: string
  readonly key: string
}

/** An entry that stays pending, and why. */
export interface Rejection {
  readonly dataset: string
  readonly version: string | null
  /** `DM_…` */
  readonly code: string
  readonly message: string
}

/** What a publication will do, found before anything is changed. */
export interface PublicationPlan {
  readonly publications: readonly Publication[]
  readonly deletions: readonly Deletion[]
  readonly rejections: readonly Rejection[]
}
