import {
  type JsonNode,
  MAX_DEPTH,
  MAX_VALUES,
  placeJson,
  tooDeep,
  tooMany,
  verifyJson,
} from './place-json.ts'

/** A JSON text with its value. Where the parts stand is found when it is asked for. */
export interface JsonDocument {
  readonly text: string
  /** What JSON.parse returns, frozen throughout. */
  readonly value: unknown
  /** Whether an object has a field twice; JSON.parse drops all but the last in silence. */
  readonly hasRepeatedFields: boolean
  /** Offsets of the commas between the items (or fields) of the root. */
  readonly commas: readonly number[]
}

/**
 * Parses JSON (RFC 8259) at the speed of JSON.parse, which knows no places and no limits: a scan before
 * it keeps the limits, counts the fields, and finds the items of the root.
 *
 * @throws JsonSyntaxError
 */
export function parseJson(text: string): JsonDocument {
  const { fields, commas } = survey(text)
  const value = parseValue(text)
  return { text, value, hasRepeatedFields: freeze(value) !== fields, commas }
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    verifyJson(text)
    throw error
  }
}

/** Where everything stands in one item of a root array. */
export function placeItem({ text, commas }: JsonDocument, index: number): JsonNode {
  const before = index === 0 ? text.indexOf('[') : (commas[index - 1] ?? text.length)
  return placeJson(text, before + 1)
}

/** Counts what stands outside of strings; what it finds in a text that is no JSON means nothing. */
function survey(text: string): { readonly fields: number; readonly commas: readonly number[] } {
  const commas: number[] = []
  let fields = 0
  let values = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at)
        break
      case 0x3a: // :
        fields++
        break
      case 0x2c: // ,
        if (++values > MAX_VALUES) throw tooMany(at)
        if (depth === 1) commas.push(at)
        break
      case 0x5b: // [
      case 0x7b: // {
        if (depth > MAX_DEPTH) throw tooDeep(at)
        if (++values > MAX_VALUES) throw tooMany(at)
        depth++
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      default:
    }
  }
  return { fields, commas }
}

/** Offset of the quote that closes a string; where there is none, of the text's end. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) === 0x5c) before--
    // Pairs of backslashes are characters of the string; one that is left escapes the quote.
    if ((at - before) % 2 === 1) return at
  }
  return text.length
}

/** Freezes an object or array and all in it; returns how many fields all its objects have. */
function freeze(parent: unknown): number {
  if (!isParent(parent)) return 0
  let fields = 0
  if (Array.isArray(parent)) {
    for (const item of parent) if (isParent(item)) fields += freeze(item)
  } else {
    // Half the time of Object.keys; what JSON.parse makes inherits nothing that would be seen here.
    for (const name in parent) {
      fields++
      const value = parent[name]
      if (isParent(value)) fields += freeze(value)
    }
  }
  Object.freeze(parent)
  return fields
}

function isParent(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
