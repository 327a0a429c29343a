import type { Rights } from './probe.ts'

/** Who uses a key: somebody who prepares and pulls, or what publishes. */
export type Role = 'developer' | 'publisher'

export const roles: readonly Role[] = ['developer', 'publisher']

/** The bucket that a key was tried on. */
export interface RoleBucket {
  /** Its real name, or its folder. */
  readonly name: string
  readonly isStaging: boolean
  /** Whether it is read without a key where that is refused. */
  readonly isPublic: boolean
  /** How rights are given there. */
  readonly provider: 'r2' | 's3' | 'folder'
}

type Right = Exclude<keyof Rights, 'exists'>

/** What S3 calls each right. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
const actions: Readonly<Record<Right, string>> = {
  list: 's3:ListBucket',
  read: 's3:GetObject',
  write: 's3:PutObject',
  delete: 's3:DeleteObject',
  abort: 's3:AbortMultipartUpload',
  listUploads: 's3:ListBucketMultipartUploads',
}

const inWords: Readonly<Record<Right, string>> = {
  list: 'list objects',
  read: 'read objects',
  write: 'write objects',
  delete: 'remove objects',
  abort: 'give up unfinished uploads',
  listUploads: 'list unfinished uploads',
}

/** What a role needs, and what it must not have: by it published bytes could be lost. */
function rightsOf(
  role: Role,
  { isStaging, isPublic }: RoleBucket,
): { needed: readonly Right[]; forbidden: readonly Right[] } {
  if (role === 'publisher') {
    const care: readonly Right[] = ['delete', 'abort', 'listUploads']
    // What is staged is copied from there, and removed.
    const use: readonly Right[] = isStaging ? ['list', 'read'] : ['list', 'read', 'write']
    return { needed: [...use, ...care], forbidden: [] }
  }
  if (isStaging) return { needed: ['list', 'read', 'write', 'listUploads'], forbidden: [] }
  return { needed: isPublic ? [] : ['list', 'read'], forbidden: ['write', 'delete'] }
}

/** What is wrong with a key in a bucket, and what to change, a sentence or two each. */
export function judgeRights(rights: Rights, role: Role, bucket: RoleBucket): string[] {
  const { name, provider } = bucket
  if (rights.exists === false) {
    return [`There is no bucket '${name}' there. Create it, or correct its name in the config.`]
  }
  const { needed, forbidden } = rightsOf(role, bucket)
  const missing = needed.filter((right) => rights[right] === false)
  const tooMuch = provider === 'folder' ? [] : forbidden.filter((right) => rights[right] === true)
  const say = (list: readonly Right[]): string => list.map((right) => inWords[right]).join(', ')
  return [
    ...(missing.length > 0
      ? [`The key may not ${say(missing)}, which a ${role} needs. ${grant(missing, role, bucket)}`]
      : []),
    ...(tooMuch.length > 0
      ? [`The key may ${say(tooMuch)}, which a ${role} must not. ${revoke(tooMuch, bucket)}`]
      : []),
  ]
}

function grant(missing: readonly Right[], role: Role, { name, provider }: RoleBucket): string {
  if (provider === 'folder') return `Let this user read and write ${name} and what is in it.`
  if (provider === 'r2') {
    const isReadOnly = missing.every((right) => right === 'list' || right === 'read')
    const kind = isReadOnly && role === 'developer' ? 'Object Read only' : 'Object Read & Write'
    return `Give it an API token with "${kind}" for the bucket '${name}'.`
  }
  return `Allow it ${missing.map((right) => actions[right]).join(', ')} on '${name}' in the bucket's policy.`
}

function revoke(tooMuch: readonly Right[], { name, provider }: RoleBucket): string {
  if (provider === 'r2') {
    return `Give developers a token with "Object Read only" for '${name}', and one of its own with "Object Read & Write" for staging.`
  }
  return `Take ${tooMuch.map((right) => actions[right]).join(', ')} on '${name}' from its policy.`
}
