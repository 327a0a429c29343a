import { type JsonNode, placeJson } from './place-json.ts'
import type { JsonDocument } from './parse-json.ts'

/** The text that an object or array was parsed from. */
interface Source {
  readonly text: string
  readonly start: number
  /** White space may be around it between the two. */
  readonly end: number
  /** Where its parts stand, once that was asked for. */
  node?: JsonNode
}

// Keyed by the frozen values themselves: whoever holds an unchanged value can have its text back.
const sources = new WeakMap<object, Source>()
const origins = new WeakMap<object, object>()

/**
 * Remembers the text of the root and of its items. That of their parts is found when one of them is
 * edited, since most never are.
 */
export function rememberSource({ text, value, commas }: JsonDocument): void {
  remember(value, { text, start: 0, end: text.length })
  if (!Array.isArray(value)) return
  let start = text.indexOf('[') + 1
  for (const [index, item] of value.entries()) {
    const end = commas[index] ?? text.lastIndexOf(']')
    remember(item, { text, start, end })
    start = end + 1
  }
}

/** The text that an object or array was parsed from, or undefined for one that was made since. */
export function sourceText(value: object): string | undefined {
  const source = sources.get(value)
  // White space inside of a JSON text is that of JSON, so nothing else is trimmed.
  return source?.text.slice(source.start, source.end).trim()
}

/**
 * A copy of an object with some fields changed (undefined: dropped; new ones come last). The text
 * of the other fields is kept, so that a number such as 1.0 or 12345678901234567890 stays.
 */
export function withFields<T extends object>(
  original: T,
  changes: { readonly [Field in keyof T]?: T[Field] | undefined },
): T {
  const entries = Object.entries({ ...original, ...changes })
  const kept = entries.filter(([, value]) => value !== undefined)
  // What was valid stays valid: `changes` has the fields' own types, and the caller drops only
  // fields that are optional.
  const copy = Object.freeze(Object.fromEntries(kept)) as T
  origins.set(copy, origins.get(original) ?? original)
  return copy
}

/**
 * The fields of an object in the order of its text; what was added since comes last. With each the text
 * of the field, name included, where its value is still the one that was read.
 */
export function* fieldTexts(owner: object): Generator<{
  readonly name: string
  readonly value: unknown
  readonly text: string | undefined
}> {
  const origin = origins.get(owner) ?? owner
  const source = sources.get(origin)
  const members = new Map(
    source === undefined ? [] : placesOf(origin, source).members?.map((m) => [m.key, m]),
  )
  // An object's own order would put names such as 2030 first.
  for (const name of new Set([...members.keys(), ...Object.keys(owner)])) {
    if (!Object.hasOwn(owner, name)) continue
    const value = fieldOf(owner, name)
    const member = members.get(name)
    const isKept = member !== undefined && Object.is(fieldOf(origin, name), value)
    const text = isKept ? source?.text.slice(member.keyStart, member.node.end) : undefined
    yield { name, value, text }
  }
}

/** Where the parts of a value stand; their own texts are remembered from then on. */
function placesOf(value: object, source: Source): JsonNode {
  source.node ??= placeParts(value, source.text, placeJson(source.text, source.start))
  return source.node
}

function placeParts(value: unknown, text: string, node: JsonNode): JsonNode {
  const parts: [unknown, JsonNode][] = [
    ...(node.items ?? []).map((item, index): [unknown, JsonNode] => [fieldOf(value, index), item]),
    ...(node.members ?? []).map((m): [unknown, JsonNode] => [fieldOf(value, m.key), m.node]),
  ]
  for (const [part, place] of parts) {
    remember(part, { text, start: place.start, end: place.end, node: place })
    placeParts(part, text, place)
  }
  return node
}

function remember(value: unknown, source: Source): void {
  if (typeof value === 'object' && value !== null) sources.set(value, source)
}

function fieldOf(value: unknown, name: string | number): unknown {
  return (value as Readonly<Record<string | number, unknown>>)[name]
}
