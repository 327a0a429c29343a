import { withFile } from '../../lib/files/file-identity.ts'
import { hashFile, type HashedFile, type HashFileOptions } from '../../lib/files/hash-file.ts'
import {
  inspectDatabase,
  type DatabaseInspection,
  type InspectOptions,
} from '../../lib/sqlite/inspect-database.ts'

import { verifyHeader, type DatabaseHeader } from '../../lib/sqlite/verify-header.ts'

/** `hashFile` of the file at a path. */
export function hashFileAt(path: string, options?: HashFileOptions): Promise<HashedFile> {
  return withFile(path, (file) => hashFile(file, options))
}

/** `inspectDatabase` of the file at a path. */
export function inspectDatabaseAt(
  path: string,
  options?: InspectOptions,
): Promise<DatabaseInspection> {
  return withFile(path, (file) => inspectDatabase(file, options))
}

/** `verifyHeader` of the file at a path. */
export function verifyHeaderAt(path: string): Promise<DatabaseHeader> {
  return withFile(path, verifyHeader)
}
