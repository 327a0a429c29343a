import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { decodeText } from './parse-manifest.ts'
import { type JsonDocument, parseJson } from './json/parse-json.ts'

/** An object that a publication gave up; it is removed once nothing has wanted it back for a while. */
export interface RetiredObject {
  /** Logical name of its bucket. */
  readonly bucket: string
  readonly key: string
  /** When it was given up, by the store's clock: ISO 8601, UTC. */
  readonly since: string
}

/**
 * What was given up, as `manifest.retired.json` holds it: written by publications only, so that
 * nothing is ever removed, and no number given again, by inference.
 *
 * The file: `{"numbers": {"x.sqlite": 7}, "objects": [{"bucket", "key", "since"}]}`.
 */
export interface RetiredList {
  /** Of each dataset that is gone, or whose newest version is: the highest number it ever had. */
  readonly numbers: ReadonlyMap<string, number>
  readonly objects: readonly RetiredObject[]
}

/** The list of a data repository that never gave anything up: there is no file. */
export const nothingRetired: RetiredList = { numbers: new Map(), objects: [] }

/** The path of the list that belongs to a manifest: `data/manifest.retired.json`. */
export function retiredPath(manifestPath: string): string {
  const { dir, name, ext } = path.posix.parse(manifestPath)
  return path.posix.join(dir, `${name}.retired${ext}`)
}

/** What tells an object apart: the logical name of its bucket, and its key. */
export function objectId({ bucket, key }: { bucket: string; key: string }): string {
  return `${bucket}\0${key}`
}

/**
 * Reads the list.
 *
 * @param source what to call it in messages
 * @throws DM_RETIRED_INVALID
 */
export function parseRetired(content: Uint8Array, source: string): RetiredList {
  const decoded = decodeText(content)
  const fail = (reason: string): DmError => new DmError('DM_RETIRED_INVALID', { source, reason })
  if ('reason' in decoded) throw fail(decoded.reason)
  let document: JsonDocument
  try {
    document = parseJson(decoded.text)
  } catch {
    throw fail('it is no JSON')
  }
  const { value, hasRepeatedFields } = document
  if (hasRepeatedFields) throw fail('it has a field twice')
  if (!isRecord(value) || !isRecord(value['numbers']) || !Array.isArray(value['objects'])) {
    throw fail(`it must be an object with 'numbers' and 'objects'`)
  }
  const numbers = Object.entries(value['numbers'])
  if (!numbers.every(([, number]) => isNumber(number))) {
    throw fail(`'numbers' must hold whole numbers from 1`)
  }
  const objects: readonly unknown[] = value['objects']
  if (!objects.every(isRetiredObject)) {
    throw fail(`each of 'objects' must have a 'bucket', a 'key' and a 'since' in UTC`)
  }
  return {
    numbers: new Map(numbers as [string, number][]),
    objects: objects.map(({ bucket, key, since }) => ({ bucket, key, since })),
  }
}

/** The text of the file: the same for the same list, one line for each number and object. */
export function formatRetired({ numbers, objects }: RetiredList): string {
  const byName = [...numbers].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const byPlace = objects
    .map(({ bucket, key, since }) => ({ bucket, key, since }))
    .toSorted((a, b) => (objectId(a) < objectId(b) ? -1 : 1))
  return `${JSON.stringify({ numbers: Object.fromEntries(byName), objects: byPlace }, null, 2)}\n`
}

/** Whether two lists say the same. */
export function isSameRetired(a: RetiredList, b: RetiredList): boolean {
  return formatRetired(a) === formatRetired(b)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As in the manifest: 1 + any such number is exact. */
function isNumber(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) < 1e15
}

function isRetiredObject(value: unknown): value is RetiredObject {
  if (!isRecord(value)) return false
  const { bucket, key, since } = value
  return (
    typeof bucket === 'string' &&
    typeof key === 'string' &&
    typeof since === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(since) &&
    !Number.isNaN(Date.parse(since))
  )
}
