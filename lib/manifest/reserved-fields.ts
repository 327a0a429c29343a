/** The fields of a version entry that have a meaning of their own; free fields use other names. */
export const reservedFields: readonly string[] = [
  'version',
  'timestamp',
  'sha256',
  'bytes',
  'r2_object_key',
  'staging_key',
  'diffFromPrevious',
  'commit',
  'description',
  'status',
]
