import type { Finding } from './problem.ts'
import type { JsonPath } from './json/place-json.ts'
import { parseStagingKey } from './keys.ts'
import { validate, type SchemaError } from './validate.generated.js'
import { PENDING } from './status.ts'

/** How many versions are checked at a time: hostile ones have a dozen errors each. */
const PART = 1000

/** What the JSON Schema has against a parsed manifest, in words; found as far as it is asked for. */
export function* schemaFindings(value: unknown): Generator<Finding> {
  if (!Array.isArray(value)) return yield* check(value)
  for (const [index, dataset] of value.entries()) {
    const history: unknown = isObject(dataset) ? dataset['history'] : undefined
    const versions = Array.isArray(history) ? history : []
    for (let first = 0; first === 0 || first < versions.length; first += PART) {
      const part = versions.slice(first, first + PART)
      const isWhole = part.length === versions.length
      for (const finding of check([isWhole ? dataset : { ...dataset, history: part }])) {
        const [, field, position, ...below] = finding.path
        if (field === 'history' && typeof position === 'number')
          yield { ...finding, path: [index, field, first + position, ...below] }
        else if (first === 0) yield { ...finding, path: [index, ...finding.path.slice(1)] }
      }
    }
  }
}

function check(value: unknown): Finding[] {
  if (validate(value)) return []
  const findings = (validate.errors ?? []).map((error) => toFinding(error, value))
  // -1.5 breaks two keywords, but one rule.
  return [...new Map(findings.map((f) => [JSON.stringify(f), f])).values()]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function toFinding(
  { instancePath, keyword, params, parentSchema }: SchemaError,
  root: unknown,
): Finding {
  const path = readPointer(instancePath, root)
  if (keyword === 'required')
    return { path, reason: `must have the field '${String(params['missingProperty'])}'` }
  return { path, reason: parentSchema['x-rule'] ?? `must keep the rule '${keyword}' of the schema` }
}

/**
 * A JSON pointer as a path: an index where the value on the way is an array. The schema has rules only
 * for fields whose names need no escapes in a pointer.
 */
function readPointer(pointer: string, root: unknown): (string | number)[] {
  const parts = pointer.split('/').slice(1)
  let at = root
  return parts.map((part) => {
    const step = Array.isArray(at) ? Number(part) : part
    at = (at as Record<string | number, unknown>)[step]
    return step
  })
}

type Fields = Readonly<Record<string, unknown>>

/**
 * The rules that a schema cannot say: names are unique ignoring case, version names are unique in
 * a dataset, and the keys of a pending entry name its own bytes. Published entries are taken as
 * they are.
 *
 * The value need not keep the schema: whatever is no object or text is passed over, so that one
 * reading shows all problems. They are found as far as they are asked for.
 */
export function* ruleFindings(manifest: unknown): Generator<Finding> {
  const datasets = Array.isArray(manifest) ? manifest : []
  const names = new Set<string>()
  for (let index = 0; index < datasets.length; index++) {
    const name: unknown = fieldsOf(datasets[index])['fileName']
    if (typeof name === 'string' && isRepeated(names, name.toLowerCase())) {
      const reason = 'must be unique, ignoring case: another dataset has this name'
      yield { path: [index, 'fileName'], reason }
    }
  }
  for (let index = 0; index < datasets.length; index++) {
    const { history } = fieldsOf(datasets[index])
    if (Array.isArray(history)) yield* historyFindings(history, [index, 'history'])
  }
}

function* historyFindings(history: readonly unknown[], path: JsonPath): Generator<Finding> {
  const versions = new Set<string>()
  for (let position = 0; position < history.length; position++) {
    const entry = fieldsOf(history[position])
    const { version, commit } = entry
    if (typeof version === 'string' && isRepeated(versions, version)) {
      const reason = 'must be unique in its dataset: another entry has this version'
      yield { path: [...path, position, 'version'], reason }
    }
    if (commit === PENDING) yield* keyFindings(entry, [...path, position])
  }
}

function keyFindings(entry: Fields, path: JsonPath): Finding[] {
  const { sha256 } = entry
  // Anything else is told by the schema; it may hold what must not be printed.
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return []
  return ['r2_object_key', 'staging_key']
    .filter((field) => typeof entry[field] === 'string' && !namesBytes(entry[field], sha256))
    .map((field) => ({
      path: [...path, field],
      reason: `must contain the version's own SHA-256, ${sha256}`,
    }))
}

/** A delta names two hashes, and only the first is that of the bytes that wait. */
function namesBytes(key: string, sha256: string): boolean {
  return (parseStagingKey(key)?.sha256 ?? key).includes(sha256)
}

function isRepeated(seen: Set<string>, text: string): boolean {
  if (seen.has(text)) return true
  seen.add(text)
  return false
}

/** A text or number has none of the fields that are looked for. */
function fieldsOf(value: unknown): Fields {
  return (value ?? {}) as Fields
}
