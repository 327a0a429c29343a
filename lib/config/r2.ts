import type { StorageConfig } from './types.ts'

/**
 * The storage of a Cloudflare R2 account.
 *
 * Endpoints: https://developers.cloudflare.com/r2/api/s3/api/ and, for a jurisdiction,
 * https://developers.cloudflare.com/r2/reference/data-location/.
 */
export function r2(account: {
  readonly accountId: string
  readonly jurisdiction?: 'eu' | 'fedramp'
}): StorageConfig {
  const host = [account.accountId, account.jurisdiction].filter(Boolean).join('.')
  return { type: 's3', endpoint: `https://${host}.r2.cloudflarestorage.com`, region: 'auto' }
}
