import { PENDING } from './is-pending.ts'
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
  const names = new Set<string>()
  for (const [index, { fileName }] of objectsOf(manifest)) {
    if (typeof fileName === 'string' && isRepeated(names, fileName.toLowerCase())) {
      const reason = 'must be unique, ignoring case: another dataset has this name'
      yield { path: [index, 'fileName'], reason }
    }
  }
  for (const [index, { history }] of objectsOf(manifest)) {
    const versions = new Set<string>()
    for (const [position, entry] of objectsOf(history)) {
      const path = [index, 'history', position]
      const { version } = entry
      if (typeof version === 'string' && isRepeated(versions, version)) {
        const reason = 'must be unique in its dataset: another entry has this version'
        yield { path: [...path, 'version'], reason }
      }
      if (entry['commit'] === PENDING) yield* keyFindings(entry, path)
    }
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

function* objectsOf(array: unknown): Generator<[number, Fields]> {
  if (!Array.isArray(array)) return
  for (const [index, item] of array.entries()) {
    if (typeof item === 'object' && item !== null) yield [index, item as Fields]
  }
}
