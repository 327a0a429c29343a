/** A `datamanager.config.json` for an S3 server of a test; with a URL, `production` is public. */
export function s3Config(
  endpoint: string,
  region = 'us-east-1',
  url?: string,
  more: object = {},
): string {
  const storage = { type: 's3', endpoint, region }
  const buckets = {
    staging: { name: 'staging' },
    production: { name: 'production', url },
    internal: { name: 'internal' },
  }
  return `${JSON.stringify({ storage, buckets, repository: 'owner/data', ...more }, null, 2)}\n`
}

/** The environment that holds an access key, under the names that the config expects. */
export function s3Environment(key: {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}): Record<string, string> {
  return { R2_ACCESS_KEY_ID: key.accessKeyId, R2_SECRET_ACCESS_KEY: key.secretAccessKey }
}
