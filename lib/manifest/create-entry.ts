import { DmError } from '../errors/dm-error.ts'
import { PENDING } from './status.ts'
import type { VersionEntry, VersionName } from './types.ts'

/** The fields of a version entry that have a meaning of their own; free fields use other names. */
export const reservedFields: readonly string[] = [
  'version',
  'timestamp',
  'sha256',
  'bytes',
  'compressedBytes',
  'delta',
  'r2_object_key',
  'staging_key',
  'diffFromPrevious',
  'commit',
  'description',
  'status',
  'disclose',
]

export interface NewEntry {
  readonly version: VersionName
  readonly timestamp: Date
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /** Size in bytes; undefined in a rollback to an entry that has none. */
  readonly bytes?: number | undefined
  /** From `objectKey`; in a rollback, the key of the version it restores. */
  readonly key: string
  /** From `stagingKey`; undefined in a rollback. */
  readonly stagingKey?: string | undefined
  /** Relative to the manifest. */
  readonly diffFromPrevious: string | null
  /** Undefined: the publication takes it from the commit. */
  readonly description?: string | undefined
  /** Whether bytes that a private dataset has may become public. */
  readonly disclose?: boolean | undefined
  /** Free fields, such as temoaRepoHash. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
}

/**
 * A new pending entry, its fields in the order of the format.
 *
 * @throws DM_MANIFEST_FIELD_RESERVED where a free field has the name of a field of the format
 */
export function createEntry({ fields = {}, ...entry }: NewEntry): VersionEntry {
  const reserved = Object.keys(fields).find((field) => reservedFields.includes(field))
  if (reserved !== undefined) throw new DmError('DM_MANIFEST_FIELD_RESERVED', { field: reserved })
  return {
    version: entry.version,
    timestamp: entry.timestamp.toISOString(),
    sha256: entry.sha256,
    ...(entry.bytes === undefined ? {} : { bytes: entry.bytes }),
    r2_object_key: entry.key,
    ...(entry.stagingKey === undefined ? {} : { staging_key: entry.stagingKey }),
    diffFromPrevious: entry.diffFromPrevious,
    commit: PENDING,
    ...(entry.disclose === true ? { disclose: true } : {}),
    ...fields,
    description: entry.description ?? PENDING,
  }
}
