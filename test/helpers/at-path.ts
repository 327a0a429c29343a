import { withFile } from '../../lib/files/file-identity.ts'
import { hashFile, type HashedFile, type HashFileOptions } from '../../lib/files/hash-file.ts'
import {
  inspectDatabase,
  type DatabaseInspection,
  type InspectOptions,
} from '../../lib/sqlite/inspect-database.ts'

import { runSqlite, type SqliteOptions } from '../../lib/sqlite/run-sqlite.ts'
import { verifyHeader, type DatabaseHeader } from '../../lib/sqlite/verify-header.ts'

/** `hashFile` of the file at a path. */
export function hashFileAt(path: string, options?: HashFileOptions): Promise<HashedFile> {
  return withFile(path, (file) => hashFile(file, options))
}

/** `inspectDatabase` of the file at a path. */
export function inspectDatabaseAt(
  path: string,
  options: Partial<InspectOptions> = {},
): Promise<DatabaseInspection> {
  return withFile(path, (file) => inspectDatabase(file, { env: process.env, ...options }))
}

/** `runSqlite` with the sqlite3 of this machine. */
export function runSqliteHere(
  path: string,
  statements: readonly string[],
  options: Partial<SqliteOptions> = {},
): Promise<string> {
  return runSqlite(path, statements, { env: process.env, ...options })
}

/** `verifyHeader` of the file at a path. */
export function verifyHeaderAt(path: string): Promise<DatabaseHeader> {
  return withFile(path, verifyHeader)
}
