import { readFile } from 'node:fs/promises'
import { tellableBuckets } from '../config/buckets.ts'
import type { Project } from '../config/open-project.ts'
import { printableLine } from '../format/text.ts'
import { diffField, diffPath } from '../manifest/diff-files.ts'
import { findDataset } from '../manifest/lookup.ts'
import { isMarked } from '../manifest/status.ts'
import type { Manifest, VersionEntry, VersionName } from '../manifest/types.ts'
import { byVersionDescending } from '../manifest/versions.ts'
import { sqlHeader } from './present/sql-header.ts'
import type { DatabaseDiff } from './types.ts'

/** SQL that has few lines may still be long: of that, too, only the head is stored. */
const MOST_BYTES = 1024 ** 2

/** No stored diff is longer, in bytes: tables have a few rows each in its head. */
export const MOST_STORED_BYTES = 16 * 1024 ** 2

/** The version that a new one is compared with: the newest that stays; undefined: there is none. */
export function findPredecessor(manifest: Manifest, dataset: string): VersionEntry | undefined {
  const history = findDataset(manifest, dataset)?.history ?? []
  return history.filter((entry) => !isMarked(entry)).toSorted(byVersionDescending)[0]
}

/**
 * Why a version is not compared with the one before; null: it is.
 *
 * @param bucket logical name of the dataset's bucket
 * @param isWanted whether the user wants that
 */
export function reasonNotToDiff(
  { config, env }: Pick<Project, 'config' | 'env'>,
  bucket: string,
  isWanted: boolean,
): string | null {
  if (!isWanted) return '--no-diff'
  return tellableBuckets(config, env)(bucket) ? null : `'${bucket}' is private, and this is CI`
}

/** Which two versions of a dataset a stored diff compares. */
export interface Span {
  readonly dataset: string
  readonly from: VersionName
  readonly to: VersionName
}

/** What a stored diff is called: `model.sqlite v1 → v2`. */
export function diffTitle({ dataset, from, to }: Span): string {
  return `${dataset} ${from} → ${to}`
}

/**
 * The version that a stored diff compares this one with, by its first line.
 *
 * @returns null where it is the diff of something else
 */
export function readFrom(
  text: Buffer,
  { dataset, to }: Pick<Span, 'dataset' | 'to'>,
): VersionName | null {
  const [line = ''] = text.subarray(0, 1000).toString().split('\n', 1)
  const from = / (v[1-9]\d{0,14}) → v\d+$/.exec(line)?.[1]
  if (from === undefined) return null
  return line === `-- ${printableLine(diffTitle({ dataset, from, to }))}` ? from : null
}

export interface DiffPlace extends Span {
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
