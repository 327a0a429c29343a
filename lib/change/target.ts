import { datasetBuckets } from '../config/buckets.ts'
import { DmError } from '../errors/dm-error.ts'
import type { FieldConfig, ResolvedConfig } from '../config/types.ts'
import { bucketOf, findDataset, getDataset } from '../manifest/lookup.ts'
import { nextVersion } from '../manifest/versions.ts'
import { isMarked } from '../manifest/status.ts'
import type { Dataset, Manifest } from '../manifest/types.ts'
import { verifyDatasetName } from '../manifest/dataset-name.ts'

/** What a new version is to be a version of. */
export interface Target {
  /** The dataset's name. */
  readonly dataset: string
  /** Logical name. */
  readonly bucket: string
  /** `vN`, never used before. */
  readonly version: string
  /** Free fields of the entry. */
  readonly fields: Readonly<Record<string, string>>
}

export interface TargetRequest {
  readonly config: ResolvedConfig
  readonly manifest: Manifest
  /** The highest number of the dataset that was given up (`highestRetired`); 0: none. */
  readonly retired: number
  readonly dataset: string
  readonly bucket: string | undefined
  /** `NAME=VALUE`, as on the command line. */
  readonly fields: readonly string[]
}

/**
 * Checks what is asked for against the manifest and the config.
 *
 * @throws DM_NAME_…, DM_UNKNOWN_BUCKET, DM_BUCKET_…, DM_DATASET_MARKED, DM_FIELD_…, exit 2
 */
export function chooseTarget(request: TargetRequest): Target {
  const { config, manifest, dataset: name, retired } = request
  verifyDatasetName(manifest, name)
  const dataset = findDataset(manifest, name)
  if (dataset !== undefined && isMarked(dataset)) {
    throw new DmError('DM_DATASET_MARKED', { dataset: name })
  }
  const known = datasetBuckets(config)
  const asked = request.bucket
  if (asked !== undefined && !known.includes(asked)) {
    throw new DmError('DM_UNKNOWN_BUCKET', { bucket: asked, known })
  }
  const bucket = dataset === undefined ? (asked ?? config.defaultBucket) : bucketOf(dataset)
  if (asked !== undefined && asked !== bucket) {
    throw new DmError('DM_BUCKET_FIXED', { dataset: name, bucket, asked })
  }
  if (!known.includes(bucket)) throw new DmError('DM_BUCKET_GONE', { dataset: name, bucket, known })
  return {
    dataset: name,
    bucket,
    version: nextVersion(dataset?.history ?? [], retired),
    fields: completeFields(config.fields, request.fields),
  }
}

/**
 * A dataset that takes new versions, and whose bucket the config has.
 *
 * @param known the logical names of the buckets that the config has for datasets
 * @throws DM_UNKNOWN_DATASET, DM_DATASET_MARKED, DM_BUCKET_GONE, exit 2
 */
export function getOpenDataset(
  manifest: Manifest,
  name: string,
  known: readonly string[],
): Dataset {
  const dataset = getDataset(manifest, name)
  if (isMarked(dataset)) throw new DmError('DM_DATASET_MARKED', { dataset: name })
  const bucket = bucketOf(dataset)
  if (!known.includes(bucket)) throw new DmError('DM_BUCKET_GONE', { dataset: name, bucket, known })
  return dataset
}

/** What is wrong with a value of a field, as a sentence; null: nothing. */
export function fieldProblem(name: string, field: FieldConfig, value: string): string | null {
  if (matches(field, value)) return null
  const { message, hint } = invalid(name, field, value)
  return `${message} ${hint}`
}

/**
 * The fields that a command line gives, each known and right.
 *
 * @param given `NAME=VALUE`
 * @throws DM_FIELD_UNKNOWN, DM_FIELD_INVALID, DM_FIELD_REPEATED, exit 2
 */
export function parseFields(
  known: Readonly<Record<string, FieldConfig>>,
  given: readonly string[],
): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const text of given) {
    const [, name = text, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    const field = Object.hasOwn(known, name) ? known[name] : undefined
    if (field === undefined) {
      throw new DmError('DM_FIELD_UNKNOWN', { field: name, known: Object.keys(known) })
    }
    if (!matches(field, value)) throw invalid(name, field, value)
    if (Object.hasOwn(fields, name)) throw new DmError('DM_FIELD_REPEATED', { field: name })
    fields[name] = value
  }
  return fields
}

function completeFields(
  known: Readonly<Record<string, FieldConfig>>,
  given: readonly string[],
): Record<string, string> {
  const fields = parseFields(known, given)
  for (const [name, { optional, prompt = name }] of Object.entries(known)) {
    if (optional !== true && fields[name] === undefined) {
      throw new DmError('DM_FIELD_REQUIRED', { field: name, prompt })
    }
  }
  return fields
}

function invalid(name: string, { pattern = '.+' }: FieldConfig, value: string): DmError {
  return new DmError('DM_FIELD_INVALID', { field: name, value, pattern })
}

function matches({ pattern }: FieldConfig, value: string): boolean {
  if (value === '') return false
  return pattern === undefined || new RegExp(`^(?:${pattern})$`, 'u').test(value)
}
