import { PENDING } from './status.ts'
import type { JsonPath } from './json/json-node.ts'
import type { Finding } from './problem.ts'

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
    .filter((field) => typeof entry[field] === 'string' && !entry[field].includes(sha256))
    .map((field) => ({
      path: [...path, field],
      reason: `must contain the version's own SHA-256, ${sha256}`,
    }))
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
