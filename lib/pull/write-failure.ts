import { DmError } from '../errors/dm-error.ts'

/** The catalogue's failure for an error of the file system while writing a pulled file. */
export function writeFailure(file: string, error: unknown): DmError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DmError('DM_DISK_FULL', { file }, { cause: error })
  }
  return new DmError('DM_DESTINATION_UNUSABLE', { file, reason: code }, { cause: error })
}
