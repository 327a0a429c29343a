import type { Graph } from '../graph/graph.ts'

/** An S3 endpoint, or a folder. */
export type StorageConfig =
  | {
      readonly type: 's3'
      /** `https://…`; where absent: AWS, by region. */
      readonly endpoint?: string | undefined
      /** Default `auto`, which is R2's. */
      readonly region?: string | undefined
      /** Put the bucket's name into the path instead of the host name; default: true where there is an
       *  `endpoint`. */
      readonly forcePathStyle?: boolean | undefined
    }
  | {
      readonly type: 'folder'
      /** Relative to the data repository. */
      readonly path: string
    }

/** The names of the environment variables that hold a bucket's keys; never the keys themselves. */
export interface CredentialNames {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface BucketConfig {
  /** The real bucket's (or folder's) name; default: the logical name. */
  readonly name?: string | undefined
  /** Where everybody can read it by plain HTTPS. A bucket with a `url` is public, any other private. */
  readonly url?: string | undefined
  readonly credentials?: CredentialNames | undefined
}

/** A free field of a version entry, asked for by `prepare`. */
export interface FieldConfig {
  /** Regular expression that a value must match as a whole. */
  readonly pattern?: string | undefined
  /** What a person is asked. */
  readonly prompt?: string | undefined
  /** May be left out; default false. */
  readonly optional?: boolean | undefined
}

/** What a new version may change before somebody has to say that it is meant. */
export interface ReviewLimits {
  /** Rows inserted, updated and deleted, of all tables. */
  readonly maxChangedRows?: number | undefined
  /** Keys that are in no table any more. */
  readonly maxVanishedKeys?: number | undefined
  /** False: the schema stays as it is. */
  readonly schemaChanges?: boolean | undefined
}

/** What `datamanager.config.ts` exports; every key is optional. */
export interface Config {
  readonly storage?: StorageConfig | undefined
  readonly buckets?: Readonly<Record<string, BucketConfig>> | undefined
  /** The bucket where prepared files wait; default `staging`. */
  readonly staging?: string | undefined
  /** Where a new dataset goes unless `--bucket` says otherwise; default `production`. */
  readonly defaultBucket?: string | undefined
  /** `owner/name`, stamped on every object; default: from the git remote. In a folder of the git
   *  repository, `#folder` is added. */
  readonly repository?: string | undefined
  /** Stamps that its objects may also have, whole: `owner/name`, `owner/name#folder`; default none. */
  readonly formerly?: readonly string[] | undefined
  /** Default `manifest.json`. */
  readonly manifest?: string | undefined
  /** The folder of the diffs; default `diffs`. */
  readonly diffs?: string | undefined
  /** The page of all published versions, which `publish` rewrites; default `docs/datasets.md`; null: none. */
  readonly page?: string | null | undefined
  readonly git?:
    | { readonly remote?: string | undefined; readonly base?: string | undefined }
    | undefined
  readonly fields?: Readonly<Record<string, FieldConfig>> | undefined
  /** How long what was given up is kept, `7d`, `12h`, `30m`, `2w`; default `7d`. */
  readonly retention?: string | undefined
  /** Hard limits that `check` holds a new version against; default none. `datasets`: others, by name. */
  readonly review?:
    | (ReviewLimits & {
        readonly datasets?: Readonly<Record<string, ReviewLimits>> | undefined
      })
    | undefined
  readonly diff?:
    | {
        /** The most lines of SQL that a stored diff has; default 500. */
        readonly lines?: number | undefined
        /** The most that is downloaded only to compare with it, `2GiB`, `500MiB`; default `2GiB`. */
        readonly maxDownload?: string | undefined
      }
    | undefined
  /** How much the databases that are kept on this machine may take; default `10GiB`; `0`: none. */
  readonly cache?: { readonly size?: string | undefined } | undefined
  /** How what is sent is compressed: zstd's level, 1 to 19, default 3; false: not at all. */
  readonly compression?: { readonly level?: number | undefined } | false | undefined
  /** Changes to the graphs, by the name of the operation. */
  readonly pipelines?: Readonly<Record<string, (graph: Graph) => Graph>> | undefined
}

export interface ResolvedBucket {
  readonly name: string
  readonly url: string | null
  readonly credentials: CredentialNames | null
}

/** A config with all defaults filled in. */
export interface ResolvedConfig {
  /** null: the embedded default, a folder inside git's own. */
  readonly storage: StorageConfig | null
  readonly buckets: Readonly<Record<string, ResolvedBucket>>
  readonly staging: string
  readonly defaultBucket: string
  /** null: from the git remote. */
  readonly repository: string | null
  /** Whole stamps. */
  readonly formerly: readonly string[]
  readonly manifest: string
  readonly diffs: string
  readonly page: string | null
  readonly git: { readonly remote: string; readonly base: string }
  readonly fields: Readonly<Record<string, FieldConfig>>
  /** How long what was given up is kept, above 0. */
  readonly retentionMs: number
  readonly review: {
    readonly all: ReviewLimits
    /** What a dataset has instead, key by key. */
    readonly datasets: Readonly<Record<string, ReviewLimits>>
  }
  readonly diff: {
    readonly lines: number
    /** In bytes. */
    readonly maxDownload: number
  }
  readonly cache: {
    /** In bytes. */
    readonly size: number
  }
  /** null: nothing is compressed. */
  readonly compression: { readonly level: number } | null
  readonly pipelines: Readonly<Record<string, (graph: Graph) => Graph>>
}
