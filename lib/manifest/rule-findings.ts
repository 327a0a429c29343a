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
 * reading shows all problems.
 */
export function ruleFindings(manifest: unknown): Finding[] {
  const datasets = objectsOf(manifest)
  const names = datasets.map(([index, { fileName }]) => ({
    path: [index, 'fileName'],
    text: typeof fileName === 'string' ? fileName.toLowerCase() : undefined,
  }))
  return [
    ...repeated(names, 'must be unique, ignoring case: another dataset has this name'),
    ...datasets.flatMap(([index, dataset]) => historyFindings(dataset, index)),
  ]
}

function historyFindings(dataset: Fields, index: number): Finding[] {
  const entries = objectsOf(dataset['history'])
  const versions = entries.map(([position, { version }]) => ({
    path: [index, 'history', position, 'version'],
    text: typeof version === 'string' ? version : undefined,
  }))
  return [
    ...repeated(versions, 'must be unique in its dataset: another entry has this version'),
    ...entries
      .filter(([, entry]) => entry['commit'] === PENDING)
      .flatMap(([position, entry]) => keyFindings(entry, [index, 'history', position])),
  ]
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

function repeated(
  texts: readonly { readonly path: JsonPath; readonly text: string | undefined }[],
  reason: string,
): Finding[] {
  const seen = new Set<string>()
  return texts.flatMap(({ path, text }) => {
    if (text === undefined) return []
    if (seen.has(text)) return [{ path, reason }]
    seen.add(text)
    return []
  })
}

function objectsOf(array: unknown): [number, Fields][] {
  if (!Array.isArray(array)) return []
  return array.flatMap((item: unknown, index): [number, Fields][] =>
    typeof item === 'object' && item !== null ? [[index, item as Fields]] : [],
  )
}
