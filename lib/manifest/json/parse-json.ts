import type { JsonMember, JsonNode } from './json-node.ts'

/** Deeper nesting is refused, so that hostile text cannot exhaust the stack. */
const MAX_DEPTH = 64

const whitespace = /[ \t\n\r]*/y
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/** Why a text is no JSON, and where. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
  readonly offset: number

  constructor(offset: number, reason: string) {
    super(reason)
    this.offset = offset
  }
}

/**
 * Parses JSON (RFC 8259) as JSON.parse does, and keeps the place of everything.
 *
 * Of a field that is repeated in an object, the last value counts; all are in `members`.
 *
 * @throws JsonSyntaxError
 */
export function parseJson(text: string): JsonNode {
  const parser = new Parser(text)
  const root = parser.value(0)
  parser.end()
  return root
}

class Parser {
  private readonly text: string
  private offset = 0

  constructor(text: string) {
    this.text = text
  }

  value(depth: number): JsonNode {
    this.skipWhitespace()
    if (depth > MAX_DEPTH) throw this.error(`must not be nested deeper than ${MAX_DEPTH} levels`)
    const first = this.text[this.offset]
    if (first === '{') return this.object(depth)
    if (first === '[') return this.array(depth)
    if (first === '"') return this.string()
    return this.scalar()
  }

  /** Requires that nothing follows but white space. */
  end(): void {
    this.skipWhitespace()
    if (this.offset < this.text.length) throw this.error('must end here, but more text follows')
  }

  private object(depth: number): JsonNode {
    const start = this.offset++
    const members: JsonMember[] = []
    const value: Record<string, unknown> = {}
    for (let more = !this.takeEnd('}'); more; more = !this.takeSeparator('}')) {
      this.skipWhitespace()
      const keyStart = this.offset
      if (this.text[keyStart] !== '"') throw this.error('must be a field name in double quotes')
      const key = this.string().value as string
      this.skipWhitespace()
      if (this.text[this.offset] !== ':') throw this.error(`must be ':' after a field name`)
      this.offset++
      const node = this.value(depth + 1)
      members.push({ key, keyStart, node })
      // Assignment would run the setter of '__proto__'.
      const field = { value: node.value, enumerable: true, configurable: true, writable: true }
      Object.defineProperty(value, key, field)
    }
    return { value: Object.freeze(value), start, end: this.offset, members }
  }

  private array(depth: number): JsonNode {
    const start = this.offset++
    const items: JsonNode[] = []
    for (let more = !this.takeEnd(']'); more; more = !this.takeSeparator(']')) {
      items.push(this.value(depth + 1))
    }
    const value = Object.freeze(items.map((item) => item.value))
    return { value, start, end: this.offset, items }
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
      const value: unknown = raw.includes('\\') ? JSON.parse(raw) : raw.slice(1, -1)
      this.offset = end
      return { value, start, end }
    } catch {
      throw this.error(`must not contain a '\\' that begins no escape sequence`)
    }
  }

  private scalar(): JsonNode {
    const start = this.offset
    scalar.lastIndex = start
    const raw = scalar.exec(this.text)?.[0]
    if (raw === undefined || /^[\w.+-]/.test(this.text[start + raw.length] ?? '')) {
      throw this.error(start < this.text.length ? 'must be a JSON value' : 'must not end here')
    }
    this.offset = start + raw.length
    return { value: JSON.parse(raw), start, end: this.offset }
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
