import { parseJson } from '../manifest/json/parse-json.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { versionNumber } from '../manifest/versions.ts'
import { isMarked, isPending, MARKED, PENDING } from '../manifest/status.ts'
import type { Manifest } from '../manifest/types.ts'

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
  /** Whether its dataset as a whole is marked. */
  readonly gone: boolean
}

/**
 * The entries of some manifest, such as that of an old commit or of somebody's branch; null where
 * it cannot be read, in whole or in part.
 *
 * Tolerant and fast where `parseManifest` is strict: what was once committed cannot be corrected any
 * more.
 *
 * @param only the names of the datasets that are asked about; default: all
 */
export function scanManifest(content: Buffer, only?: ReadonlySet<string>): ScannedEntry[] | null {
  const value = parse(content)
  const entries: ScannedEntry[] = []
  if (!Array.isArray(value)) return null
  for (const dataset of value as readonly unknown[]) {
    if (!isRecord(dataset)) return null
    const { fileName, bucket = 'production', history, status } = dataset
    if (typeof fileName !== 'string' || typeof bucket !== 'string') return null
    if (only?.has(fileName) === false) continue
    if (!Array.isArray(history)) return null
    for (const version of history as readonly unknown[]) {
      const entry = isRecord(version) ? scanEntry(version) : null
      if (entry === null) return null
      const gone = status === MARKED
      entries.push({ dataset: fileName, bucket, ...entry, marked: gone || entry.marked, gone })
    }
  }
  return entries
}

/** The same of a manifest that has been read. */
export function entriesOf({ datasets }: Manifest, only?: ReadonlySet<string>): ScannedEntry[] {
  return datasets
    .filter(({ fileName }) => only?.has(fileName) !== false)
    .flatMap((dataset) =>
      dataset.history.map((entry) => ({
        dataset: dataset.fileName,
        bucket: bucketOf(dataset),
        number: versionNumber(entry.version),
        sha256: entry.sha256,
        key: entry.r2_object_key,
        stagingKey: entry.staging_key ?? null,
        pending: isPending(entry),
        marked: isMarked(dataset) || isMarked(entry),
        gone: isMarked(dataset),
      })),
    )
}

/** Bounded, whoever wrote it; undefined also where a field stands twice, and one would be lost. */
function parse(content: Buffer): unknown {
  try {
    const { value, hasRepeatedFields } = parseJson(content.toString())
    return hasRepeatedFields ? undefined : value
  } catch {
    return undefined
  }
}

function scanEntry(
  entry: Readonly<Record<string, unknown>>,
): Omit<ScannedEntry, 'dataset' | 'bucket' | 'gone'> | null {
  const { version, sha256, r2_object_key: key, staging_key: stagingKey, commit, status } = entry
  if (typeof version !== 'string' || typeof sha256 !== 'string' || typeof key !== 'string') {
    return null
  }
  // No longer than the schema allows: such a number was never published, and 1 + it may be no number.
  const number = /^v([1-9]\d{0,14})$/.exec(version)?.[1]
  if (number === undefined) return null
  return {
    number: Number(number),
    sha256,
    key,
    stagingKey: typeof stagingKey === 'string' ? stagingKey : null,
    pending: commit === PENDING,
    marked: status === MARKED,
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
