import type { Problem } from '../errors/dm-error.ts'

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
  /** Size in bytes, as the entry says; null: it does not. */
  readonly bytes: number | null
  /** Where the bytes wait; null for a rollback. */
  readonly stagingKey: string | null
  /** What they build upon where they wait as a delta; null: there is no such object. */
  readonly base: DeltaBase | null
  /** Whether an object lies under the key already; it has yet to be hashed. */
  readonly isThere: boolean
  /** What the manifest will say of where it came from. */
  readonly commit: string
  readonly description: string
}

/** The database that a delta builds upon, in the bucket of the dataset. */
export interface DeltaBase {
  /** 64 lower-case hex digits. */
  readonly sha256: string
  readonly key: string
  /** Its size in bytes. */
  readonly bytes: number
}

/** What lies beside a published version, as its entry says. */
export interface Companions {
  /** Size of the `.zst` in bytes. */
  readonly compressedBytes?: number | undefined
  /** `from`: SHA-256 of the base; `bytes`: the size of the delta. */
  readonly delta?: { readonly from: string; readonly bytes: number } | undefined
}

/** A publication whose bytes are proven. */
export type Promoted = Publication & Companions

/** A marked version that is to be removed. */
export interface Deletion {
  readonly dataset: string
  readonly version: string
  readonly bucket: string
  readonly key: string
}

/** What a publication will do, found before anything is changed. */
export interface PublicationPlan {
  readonly publications: readonly Publication[]
  readonly deletions: readonly Deletion[]
  /** What stays pending, and why. */
  readonly refused: readonly Problem[]
  /** Numbers of refused entries that turned out to have been given before, by dataset. */
  readonly usedNumbers: ReadonlyMap<string, number>
  /** What interrupted publications left under numbers that are given now. */
  readonly orphans: readonly { readonly bucket: string; readonly key: string }[]
}
