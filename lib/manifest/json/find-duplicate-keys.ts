import { type JsonNode, type JsonPath, placeJson } from './place-json.ts'
import { type JsonDocument, placeItem } from './parse-json.ts'

/** A field that an object has twice; JSON.parse would drop one of them in silence. */
export interface DuplicateKey {
  readonly path: JsonPath
  /** Where the repeated field begins. */
  readonly offset: number
}

/** The repeated fields of all objects in a text, in its order. */
export function* findDuplicateKeys(document: JsonDocument): Generator<DuplicateKey> {
  if (!document.hasRepeatedFields) return
  const { text, value } = document
  if (!Array.isArray(value)) yield* visit(placeJson(text), [])
  // Item by item: the places of all of them take many times the text's memory.
  else for (const index of value.keys()) yield* visit(placeItem(document, index), [index])
}

function* visit(node: JsonNode, path: JsonPath): Generator<DuplicateKey> {
  for (const [index, item] of (node.items ?? []).entries()) yield* visit(item, [...path, index])
  const seen = new Set<string>()
  for (const { key, keyStart, node: value } of node.members ?? []) {
    const here = [...path, key]
    if (seen.has(key)) yield { path: here, offset: keyStart }
    seen.add(key)
    yield* visit(value, here)
  }
}
