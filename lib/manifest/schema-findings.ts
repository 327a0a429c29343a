import type { Finding } from './problem.ts'
import { validate, type SchemaError } from './validate.generated.js'

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
