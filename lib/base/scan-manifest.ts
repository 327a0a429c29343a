/** What history needs to know of one version entry; as little as possible is taken for granted. */
export interface ScannedEntry {
  readonly dataset: string
  /** Logical name. */
  readonly bucket: string
  readonly number: number
  readonly sha256: string
  readonly key: string
  readonly stagingKey: string | null
  readonly pending: boolean
  readonly marked: boolean
}

/**
 * The entries of a manifest out of the base's history.
 *
 * Tolerant and fast where `parseManifest` is strict: what was once committed cannot be corrected any
 * more, and a long history holds hundreds of manifests. What is not an entry is passed over.
 */
export function scanManifest(content: Buffer): ScannedEntry[] {
  let value: unknown
  try {
    value = JSON.parse(content.toString())
  } catch {
    return []
  }
  return arrayOf(value).flatMap((dataset) => {
    const { fileName, bucket = 'production', history, status } = dataset
    if (typeof fileName !== 'string' || typeof bucket !== 'string') return []
    const marked = status === 'pending-deletion'
    return arrayOf(history).flatMap((entry) => scanEntry(fileName, bucket, marked, entry))
  })
}

function scanEntry(
  dataset: string,
  bucket: string,
  datasetMarked: boolean,
  entry: Readonly<Record<string, unknown>>,
): ScannedEntry[] {
  const { version, sha256, r2_object_key: key, staging_key: stagingKey, commit, status } = entry
  if (typeof version !== 'string') return []
  // No longer than the schema allows: such a number was never published, and 1 + it may be no number.
  const number = /^v([1-9]\d{0,14})$/.exec(version)?.[1]
  if (number === undefined || typeof sha256 !== 'string' || typeof key !== 'string') return []
  return [
    {
      dataset,
      bucket,
      number: Number(number),
      sha256,
      key,
      stagingKey: typeof stagingKey === 'string' ? stagingKey : null,
      pending: commit === 'pending-merge',
      marked: datasetMarked || status === 'pending-deletion',
    },
  ]
}

function arrayOf(value: unknown): Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return []
  return value.filter((item) => typeof item === 'object' && item !== null) as Record<
    string,
    unknown
  >[]
}
