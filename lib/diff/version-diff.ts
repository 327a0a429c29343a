import { readFile } from 'node:fs/promises'
import { diffField, diffPath } from '../manifest/diff-files.ts'
import { findDataset } from '../manifest/lookup.ts'
import { isMarked } from '../manifest/status.ts'
import type { Manifest, VersionEntry, VersionName } from '../manifest/types.ts'
import { byVersionDescending } from '../manifest/versions.ts'
import { sqlHeader } from './present/sql-header.ts'
import type { DatabaseDiff } from './types.ts'

/** SQL that has few lines may still be long: of that, too, only the head is stored. */
const MOST_BYTES = 1024 ** 2

/** The version that a new one is compared with: the newest that stays; undefined: there is none. */
export function findPredecessor(manifest: Manifest, dataset: string): VersionEntry | undefined {
  const history = findDataset(manifest, dataset)?.history ?? []
  return history.filter((entry) => !isMarked(entry)).toSorted(byVersionDescending)[0]
}

export interface DiffPlace {
  readonly dataset: string
  readonly from: VersionName
  readonly to: VersionName
  /** The folder of the diffs, relative to the data repository. */
  readonly diffs: string
  readonly manifestPath: string
}

/**
 * Where the diff of a version goes.
 *
 * @returns null where it has no place in git
 */
export function placeDiff({ dataset, from, to, diffs, manifestPath }: DiffPlace): {
  readonly version: VersionName
  readonly path: string
  readonly field: string
} | null {
  const path = diffPath(diffs, dataset, { from, to })
  const field = path === null ? null : diffField(path, manifestPath)
  return path === null || field === null ? null : { version: to, path, field }
}

/**
 * What is stored of a diff: the head for people, and the SQL where that is not too long.
 *
 * @param lines the most lines of SQL
 */
export async function storedText(
  diff: DatabaseDiff,
  { title, lines }: { readonly title: string; readonly lines: number },
): Promise<string> {
  const { sql } = diff
  const isWritten = sql !== null && !('reason' in sql)
  const withSql = isWritten && sql.lines <= lines && sql.bytes <= MOST_BYTES
  const header = sqlHeader(diff, { title, withSql })
  return withSql && sql.bytes > 0 ? header + (await readFile(sql.path, 'utf8')) : header
}
