import type { Environment } from '../config/define-config.ts'
import type { CredentialNames } from '../config/types.ts'
import { DmError } from '../errors/dm-error.ts'

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

/**
 * A bucket's keys from the environment; null where it does not hold both.
 *
 * @throws DM_ENVIRONMENT_INVALID
 */
export function findCredentials(own: CredentialNames | null, env: Environment): Credentials | null {
  for (const names of credentialNames(own)) {
    const accessKeyId = readKey(names.accessKeyId, env)
    const secretAccessKey = readKey(names.secretAccessKey, env)
    if (accessKeyId === '' || secretAccessKey === '') continue
    const sessionToken = names.sessionToken === undefined ? '' : readKey(names.sessionToken, env)
    return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) }
  }
  return null
}

/** A key without the line end that a secret of a file or of CI often has; empty where there is none. */
function readKey(variable: string, env: Environment): string {
  const value = env[variable]?.trim() ?? ''
  if (/^[\x21-\x7e]*$/.test(value)) return value
  const problem = 'it holds a space, a line end or another character that no key has'
  throw new DmError('DM_ENVIRONMENT_INVALID', { variable, problem })
}
