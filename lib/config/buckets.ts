import type { Environment } from './define-config.ts'
import type { ResolvedConfig } from './types.ts'

/** The buckets that a dataset can be in, by their logical names: all but staging. */
export function datasetBuckets({ buckets, staging }: ResolvedConfig): string[] {
  return Object.keys(buckets).filter((bucket) => bucket !== staging)
}

/**
 * Tells the buckets that everybody can read: those with a `url`, and `production` of the embedded
 * default. Every other is private.
 */
export function publicBuckets({ buckets, storage }: ResolvedConfig): (bucket: string) => boolean {
  return (bucket) => {
    const settings = Object.hasOwn(buckets, bucket) ? buckets[bucket] : undefined
    if (settings === undefined) return false
    return settings.url !== null || (storage === null && bucket === 'production')
  }
}

/**
 * Tells the buckets of whose databases more than names may be said in this run: in CI (`CI` is set),
 * what is said has more readers than a private bucket.
 */
export function tellableBuckets(
  config: ResolvedConfig,
  env: Environment,
): (bucket: string) => boolean {
  const isPublic = publicBuckets(config)
  const isCi = (env['CI'] ?? '') !== ''
  return (bucket) => !isCi || isPublic(bucket)
}
