const whitespace = /[ \t\n\r]*/y
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/**
 * Finds where everything stands in a JSON value (RFC 8259).
 *
 * It takes some ten times as long as JSON.parse, and many times the text's memory.
 *
 * @param from where the value begins, or the white space before it
 * @throws JsonSyntaxError
 */
export function placeJson(text: string, from = 0): JsonNode {
  return new Placer(text, from, true).value(0)
}

/**
 * Says where a text goes wrong that JSON.parse refuses; it accepts what JSON.parse accepts.
 *
 * @throws JsonSyntaxError
 */
export function verifyJson(text: string): void {
  const placer = new Placer(text, 0, false)
  placer.value(0)
  placer.end()
}

class Placer {
  private readonly text: string
  private offset: number
  /** Whether what it finds is kept. */
  private readonly keeps: boolean

  constructor(text: string, offset: number, keeps: boolean) {
    this.text = text
    this.offset = offset
    this.keeps = keeps
  }

  value(depth: number): JsonNode {
    this.skipWhitespace()
    if (depth > MAX_DEPTH) throw tooDeep(this.offset)
    const first = this.text[this.offset]
    if (first === '{') return this.object(depth)
    if (first === '[') return this.array(depth)
    return first === '"' ? this.string() : this.scalar()
  }

  /** Requires that nothing follows but white space. */
  end(): void {
    this.skipWhitespace()
    if (this.offset < this.text.length) throw this.error('must end here, but more text follows')
  }

  private object(depth: number): JsonNode {
    const start = this.offset++
    const members: JsonMember[] = []
    for (let more = !this.takeEnd('}'); more; more = !this.takeSeparator('}')) {
      this.skipWhitespace()
      const keyStart = this.offset
      if (this.text[keyStart] !== '"') throw this.error('must be a field name in double quotes')
      const { end } = this.string()
      const key = JSON.parse(this.text.slice(keyStart, end)) as string
      this.skipWhitespace()
      if (this.text[this.offset] !== ':') throw this.error(`must be ':' after a field name`)
      this.offset++
      const node = this.value(depth + 1)
      if (this.keeps) members.push({ key, keyStart, node })
    }
    return { start, end: this.offset, members }
  }

  private array(depth: number): JsonNode {
    const start = this.offset++
    const items: JsonNode[] = []
    for (let more = !this.takeEnd(']'); more; more = !this.takeSeparator(']')) {
      const item = this.value(depth + 1)
      if (this.keeps) items.push(item)
    }
    return { start, end: this.offset, items }
  }

  private string(): JsonNode {
    const start = this.offset
    for (let at = start + 1; at < this.text.length; at++) {
      const character = this.text.charCodeAt(at)
      if (character === 0x5c) at++
      else if (character === 0x22) return this.closeString(start, at + 1)
      else if (character < 0x20) {
        this.offset = at
        throw this.error('must not be a line end or control character inside a text')
      }
    }
    throw this.error(`must end with '"', but this text never ends`)
  }

  private closeString(start: number, end: number): JsonNode {
    const raw = this.text.slice(start, end)
    try {
      if (raw.includes('\\')) JSON.parse(raw)
    } catch {
      throw this.error(`must not contain a '\\' that begins no escape sequence`)
    }
    this.offset = end
    return { start, end }
  }

  private scalar(): JsonNode {
    const start = this.offset
    scalar.lastIndex = start
    const raw = scalar.exec(this.text)?.[0]
    if (raw === undefined || /[\w.+-]/.test(this.text[start + raw.length] ?? '')) {
      throw this.error(start < this.text.length ? 'must be a JSON value' : 'must not end here')
    }
    this.offset = start + raw.length
    return { start, end: this.offset }
  }

  /** Takes the closing bracket of an empty object or array. */
  private takeEnd(close: string): boolean {
    this.skipWhitespace()
    if (this.text[this.offset] !== close) return false
    this.offset++
    return true
  }

  /** Takes the comma, or the closing bracket: true for the latter. */
  private takeSeparator(close: string): boolean {
    this.skipWhitespace()
    const character = this.text[this.offset]
    if (character === undefined) throw this.error('must not end here')
    if (character !== ',' && character !== close) throw this.error(`must be ',' or '${close}'`)
    this.offset++
    return character === close
  }

  private skipWhitespace(): void {
    whitespace.lastIndex = this.offset
    whitespace.exec(this.text)
    this.offset = whitespace.lastIndex
  }

  private error(reason: string): JsonSyntaxError {
    return new JsonSyntaxError(this.offset, reason)
  }
}

/** Where a JSON value stands in its text. */
export interface JsonNode {
  /** Offset of the first character, in UTF-16 units. */
  readonly start: number
  /** Offset after the last character. */
  readonly end: number
  /** The fields of an object, in order, repeated ones included. */
  readonly members?: readonly JsonMember[]
  /** The items of an array. */
  readonly items?: readonly JsonNode[]
}

export interface JsonMember {
  readonly key: string
  /** Offset of the key's opening quote. */
  readonly keyStart: number
  readonly node: JsonNode
}

/** The way from the root to a value: field names and array indexes. */
export type JsonPath = readonly (string | number)[]

/** Why a text is no JSON that is read, and where. */
export class JsonSyntaxError extends Error {
  readonly offset: number

  constructor(offset: number, reason: string) {
    super(reason)
    this.offset = offset
  }
}

/** Deeper nesting is refused: hostile text must exhaust neither the stack nor the memory. */
export const MAX_DEPTH = 64

/**
 * More commas and opening brackets are refused: three characters of hostile text, such as `{},`, make
 * an object of more than fifty bytes. A real manifest of the largest size, 64 MiB, has fewer.
 */
export const MAX_VALUES = 2_000_000

export function tooDeep(offset: number): JsonSyntaxError {
  return new JsonSyntaxError(offset, `must not be nested deeper than ${MAX_DEPTH} levels`)
}

export function tooMany(offset: number): JsonSyntaxError {
  return new JsonSyntaxError(offset, `must not have more than ${MAX_VALUES} values`)
}
