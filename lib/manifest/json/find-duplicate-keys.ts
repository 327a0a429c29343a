import type { JsonNode, JsonPath } from './json-node.ts'

/** A field that an object has twice; JSON.parse would drop one of them in silence. */
export interface DuplicateKey {
  readonly path: JsonPath
  /** Where the repeated field begins. */
  readonly offset: number
}

/** The repeated fields of all objects in a text, in its order. */
export function findDuplicateKeys(root: JsonNode): DuplicateKey[] {
  const found: DuplicateKey[] = []
  visit(root, [], found)
  return found
}

function visit(node: JsonNode, path: JsonPath, found: DuplicateKey[]): void {
  for (const [index, item] of (node.items ?? []).entries()) visit(item, [...path, index], found)
  const seen = new Set<string>()
  for (const { key, keyStart, node: value } of node.members ?? []) {
    const here = [...path, key]
    if (seen.has(key)) found.push({ path: here, offset: keyStart })
    seen.add(key)
    visit(value, here, found)
  }
}
