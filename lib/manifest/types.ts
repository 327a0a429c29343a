import type { JsonDocument } from './json/parse-json.ts'

/** `v1`, `v2`, … */
export type VersionName = string

/** One version of a dataset; fields that dm does not know are kept as they are. */
export interface VersionEntry {
  readonly version: VersionName
  /** ISO 8601, UTC, ending in `Z`; new ones have milliseconds. */
  readonly timestamp: string
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /** Size in bytes; old entries lack it. */
  readonly bytes?: number
  /** Size in bytes of the compressed form beside the published object. */
  readonly compressedBytes?: number
  /** The delta beside the published object: the SHA-256 of the database it builds upon, its size. */
  readonly delta?: { readonly from: string; readonly bytes: number }
  /** Where the bytes are in the dataset's bucket once it is published. */
  readonly r2_object_key: string
  /** Where they wait in staging; only pending uploads have it. */
  readonly staging_key?: string
  /** Relative to the manifest. */
  readonly diffFromPrevious?: string | null
  /** A short hash, or `pending-merge`. */
  readonly commit: string
  readonly description?: string | null
  readonly status?: 'pending-deletion'
  /** Whether its author means bytes that a private dataset has to become public. */
  readonly disclose?: boolean
  readonly [field: string]: unknown
}

/** One database under one name; fields that dm does not know are kept as they are. */
export interface Dataset {
  readonly fileName: string
  /** Absent: `production`; use `bucketOf`. */
  readonly bucket?: string
  /** May be stale or absent in old manifests; use `latestPublished`. */
  readonly latestVersion?: VersionName
  /** Newest first in what dm writes; nothing relies on the order. */
  readonly history: readonly VersionEntry[]
  readonly status?: 'pending-deletion'
  readonly [field: string]: unknown
}

/** A checked manifest. It is never changed: edits return a new one. */
export interface Manifest {
  readonly datasets: readonly Dataset[]
  /**
   * The text that it was read from, so that what did not change is written as it was. Null for a
   * manifest that was not read from a text.
   */
  readonly origin: JsonDocument | null
}

/** The manifest of a data repository without datasets. */
export const emptyManifest: Manifest = { datasets: [], origin: null }

/** A dataset's entry together with the dataset. */
export interface DatasetEntry {
  readonly dataset: Dataset
  readonly entry: VersionEntry
}
