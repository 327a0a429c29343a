import { parseBytes, parseDuration } from '../format/units.ts'
import type { BucketConfig, Config, ResolvedBucket, ResolvedConfig } from './types.ts'

/** The buckets of a repository whose config names none. */
const defaultBuckets: Readonly<Record<string, BucketConfig>> = {
  staging: {},
  production: {},
  internal: {},
}

/** Fills in every default; `{}` gives the embedded default. */
export function withDefaults(config: Config): ResolvedConfig {
  const buckets = config.buckets ?? defaultBuckets
  return {
    storage: config.storage ?? null,
    buckets: Object.fromEntries(
      Object.entries(buckets).map(([name, bucket]) => [name, resolveBucket(name, bucket)]),
    ),
    staging: config.staging ?? 'staging',
    defaultBucket: config.defaultBucket ?? 'production',
    repository: config.repository ?? null,
    formerly: config.formerly ?? [],
    manifest: config.manifest ?? 'manifest.json',
    diffs: config.diffs ?? 'diffs',
    page: config.page === undefined ? 'docs/datasets.md' : config.page,
    git: { remote: config.git?.remote ?? 'origin', base: config.git?.base ?? 'main' },
    fields: config.fields ?? {},
    retentionMs: parseDuration(config.retention ?? '7d') ?? 0,
    review: toReview(config.review),
    diff: {
      lines: config.diff?.lines ?? 500,
      maxDownload: parseBytes(config.diff?.maxDownload ?? '2GiB') ?? 0,
    },
    cache: { size: parseBytes(config.cache?.size ?? '10GiB') ?? 0 },
    compression: config.compression === false ? null : { level: config.compression?.level ?? 3 },
    pipelines: config.pipelines ?? {},
  }
}

function toReview(review: Config['review'] = {}): ResolvedConfig['review'] {
  const { datasets = {}, ...all } = review
  return { all, datasets }
}

function resolveBucket(logicalName: string, bucket: BucketConfig): ResolvedBucket {
  const url = bucket.url === undefined ? null : bucket.url.replace(/\/*$/, '/')
  return { name: bucket.name ?? logicalName, url, credentials: bucket.credentials ?? null }
}
