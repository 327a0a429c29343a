import { DmError, isDmError } from '../../errors/dm-error.ts'

/** The system's code of an error (`ENOENT`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/**
 * The catalogue's failure for an error of the file system inside a folder store. What is from the
 * catalogue already, or no error of the system, stays as it is.
 */
export function folderError(
  { location }: { readonly location: string },
  path: string,
  access: 'read' | 'write',
  error: unknown,
): unknown {
  const code = errorCode(error)
  if (isDmError(error) || code === undefined) return error
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DmError('DM_STORE_FULL', { location, path }, { cause: error })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DmError(
        'DM_STORE_PERMISSION',
        { location, path, access, reason: code },
        { cause: error },
      )
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EEXIST':
      return failure(`another object's folder or file is in the way`)
    case 'ENAMETOOLONG':
      return failure('a part of the key is longer than the file system allows')
    default:
      return failure(code)
  }

  function failure(reason: string): DmError {
    return new DmError(
      'DM_STORE_FAILED',
      { location, action: `${access} '${path}'`, reason },
      { cause: error },
    )
  }
}
