import type { Finding } from './problem.ts'
import { validate, type SchemaError } from './validate.generated.js'

/** What the JSON Schema has against a parsed manifest, in words. */
export function schemaFindings(value: unknown): Finding[] {
  if (validate(value)) return []
  const findings = (validate.errors ?? []).map((error) => toFinding(error, value))
  // -1.5 breaks two keywords, but one rule.
  return [...new Map(findings.map((f) => [JSON.stringify(f), f])).values()]
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

/** A JSON pointer (RFC 6901) as a path: an index where the value on the way is an array. */
function readPointer(pointer: string, root: unknown): (string | number)[] {
  const parts = pointer.split('/').slice(1)
  let at = root
  return parts.map((part) => {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const step = Array.isArray(at) ? Number(key) : key
    at = (at as Record<string | number, unknown>)[step]
    return step
  })
}
