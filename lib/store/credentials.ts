import type { Environment } from '../config/define-config.ts'
import type { CredentialNames } from '../config/types.ts'

/** Keys of an S3 account. Secret: they go to the client and nowhere else. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The variables that are looked at where a bucket names none of its own; the first pair wins. */
const commonNames: readonly CredentialNames[] = [
  { accessKeyId: 'R2_ACCESS_KEY_ID', secretAccessKey: 'R2_SECRET_ACCESS_KEY' },
  {
    accessKeyId: 'AWS_ACCESS_KEY_ID',
    secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
    sessionToken: 'AWS_SESSION_TOKEN',
  },
]

/** The variables that can hold a bucket's keys. */
export function credentialNames(own: CredentialNames | null): readonly CredentialNames[] {
  return own === null ? commonNames : [own]
}

/** A bucket's keys from the environment; null where it does not hold both. */
export function findCredentials(own: CredentialNames | null, env: Environment): Credentials | null {
  for (const names of credentialNames(own)) {
    const accessKeyId = env[names.accessKeyId]
    const secretAccessKey = env[names.secretAccessKey]
    if (!accessKeyId || !secretAccessKey) continue
    const token = names.sessionToken === undefined ? undefined : env[names.sessionToken]
    return { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) }
  }
  return null
}
