import type { JsonMember, JsonNode } from './json-node.ts'

interface Source {
  readonly text: string
  readonly node: JsonNode
}

// Keyed by the frozen values themselves: whoever holds an unchanged value can have its text back.
const sources = new WeakMap<object, Source>()
const origins = new WeakMap<object, object>()

/** Remembers the text of every object and array below the node. */
export function rememberSource(text: string, node: JsonNode): void {
  if (typeof node.value !== 'object' || node.value === null) return
  sources.set(node.value, { text, node })
  for (const item of node.items ?? []) rememberSource(text, item)
  for (const member of node.members ?? []) rememberSource(text, member.node)
}

/** The text that an object or array was parsed from, or undefined for one that was made since. */
export function sourceText(value: object): string | undefined {
  const source = sources.get(value)
  return source?.text.slice(source.node.start, source.node.end)
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

/** The names of an object's fields in the order of its text; what was added since comes last. */
export function fieldNames(owner: object): string[] {
  // An object's own order would put names such as 2030 first.
  const read = membersOf(owner)?.map(({ key }) => key) ?? []
  return [...new Set([...read, ...Object.keys(owner)])].filter((name) => Object.hasOwn(owner, name))
}

/** The text of an object's field, with its name, where its value is still the one that was read. */
export function fieldText(owner: object, field: string, value: unknown): string | undefined {
  const member = membersOf(owner)?.findLast(({ key }) => key === field)
  if (member === undefined || !Object.is(member.node.value, value)) return undefined
  return sourceOf(owner)?.text.slice(member.keyStart, member.node.end)
}

function membersOf(owner: object): readonly JsonMember[] | undefined {
  return sourceOf(owner)?.node.members
}

function sourceOf(owner: object): Source | undefined {
  return sources.get(origins.get(owner) ?? owner)
}
