import { DmError } from '../errors/dm-error.ts'

/** The longest key that S3 knows, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024

/** The folder inside a bucket's folder where the folder store keeps its own files. */
export const RESERVED_FOLDER = '.dm'

/**
 * Refuses a key that is not a safe relative path in every store.
 *
 * @throws DM_STORE_KEY
 */
export function verifyKey(key: string): void {
  const problem = findProblem(key)
  if (problem !== undefined) throw new DmError('DM_STORE_KEY', { key, problem })
}

/** Whether `verifyKey` accepts the key. */
export function isSafeKey(key: string): boolean {
  return findProblem(key) === undefined
}

function findProblem(key: string): string | undefined {
  if (!key.isWellFormed()) return 'it is not valid Unicode'
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `it is longer than ${MAX_KEY_BYTES} bytes`
  if (key.includes('\\')) return 'it contains a backslash'
  if (/\p{Cc}/u.test(key)) return 'it contains a control character'
  const segments = key.split('/')
  if (segments.includes('')) return 'it contains an empty path segment'
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    return "it contains '.' or '..' as a path segment"
  }
  if (segments[0]?.toLowerCase() === RESERVED_FOLDER) {
    return `'${RESERVED_FOLDER}' is reserved for the store itself`
  }
  return undefined
}
