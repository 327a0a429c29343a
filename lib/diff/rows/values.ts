import type { Encoding } from '../open-databases.ts'

/** A value of a row, exact: text stays bytes, and a whole number is never a double. */
export type Value = null | bigint | number | Text | Uint8Array

/** Text as its bytes, in the encoding of its database. */
export class Text {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** How many columns one mask holds: an integer of SQLite has 63 bits without its sign. */
const MASKED = 60

/**
 * The terms of a SELECT that give columns exactly: texts as blobs, and masks behind them that tell
 * which they are.
 */
export function selectExactly(columns: readonly string[]): string[] {
  const masks: string[] = []
  for (let from = 0; from < columns.length; from += MASKED) {
    const some = columns.slice(from, from + MASKED)
    masks.push(some.map((column, bit) => `((typeof(${column})='text')<<${bit})`).join('|'))
  }
  const values = columns.map(
    (column) =>
      `CASE typeof(${column}) WHEN 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END`,
  )
  return [...values, ...masks]
}

/** What a row of `selectExactly` says, from the place where it begins. */
export function readExactly(row: readonly unknown[], count: number, recode: Recode): Value[] {
  const values = row.slice(0, count) as Value[]
  for (let from = 0; from < count; from += MASKED) {
    let mask = row[count + from / MASKED] as bigint
    for (let at = from; mask !== 0n; at++, mask >>= 1n) {
      if ((mask & 1n) === 1n) values[at] = new Text(recode(values[at] as Uint8Array))
    }
  }
  return values
}

/** How many terms `selectExactly` gives. */
export function termCount(columns: number): number {
  return columns + Math.ceil(columns / MASKED)
}

/** Makes text of two encodings comparable. */
export type Recode = (bytes: Uint8Array) => Uint8Array

export const asItIs: Recode = (bytes) => bytes

/** Text as UTF-8. Halves of a pair alone become what no valid text has: their three bytes. */
export function toUtf8(encoding: Encoding): Recode {
  if (encoding === 'UTF-8') return asItIs
  return (bytes) => {
    const units = bytes.length >> 1
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const text = Array.from({ length: units }, (_, at) =>
      String.fromCharCode(view.getUint16(at * 2, encoding === 'UTF-16le')),
    ).join('')
    const pieces = text.isWellFormed()
      ? [Buffer.from(text)]
      : Array.from(text, (character) => {
          const code = character.codePointAt(0) ?? 0
          if (code < 0xd800 || code > 0xdfff) return Buffer.from(character)
          return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)])
        })
    const odd = bytes.length % 2 === 0 ? [] : [bytes.subarray(-1)]
    return Buffer.concat([...pieces, ...odd])
  }
}

/** Whether two values are the same by type and bytes. */
export function isSame(a: Value, b: Value): boolean {
  if (a === b) return a !== 0 || Object.is(a, b)
  if (a instanceof Text) return b instanceof Text && Buffer.compare(a.bytes, b.bytes) === 0
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
}

export function areSame(a: readonly Value[], b: readonly Value[]): boolean {
  return a.every((value, at) => isSame(value, b[at] ?? null))
}

/** SQLite's order: NULL, numbers, text, blobs; bytes by their values. */
export function compareValues(a: Value, b: Value): number {
  const classes = rank(a) - rank(b)
  if (classes !== 0 || a === null || b === null) return classes
  if (a instanceof Text) return Buffer.compare(a.bytes, (b as Text).bytes)
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array)
  const other = b as bigint | number
  // A bigint and a double compare exactly.
  return a < other ? -1 : a > other ? 1 : 0
}

function rank(value: Value): number {
  if (value === null) return 0
  if (typeof value === 'bigint' || typeof value === 'number') return 1
  return value instanceof Text ? 2 : 3
}

/** Tells numbers apart that SQLite calls equal. */
export function kindOfNumber(value: Value): number {
  if (typeof value !== 'number') return 0
  return Object.is(value, -0) ? 2 : 1
}
