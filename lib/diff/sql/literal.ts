import type { Encoding } from '../open-databases.ts'
import { Text, type Value } from '../rows/values.ts'

/** Characters that a terminal, a reviewer's eye or the sqlite3 shell could take for something else. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** A longer chain of `||` could be too deep for SQLite. */
const MOST_PARTS = 200

/**
 * A value as SQL that gives exactly it, by type and bytes, in any version of SQLite that there is.
 *
 * @param encoding of the database that the SQL is for: blobs cast to text are its bytes
 */
export function literal(value: Value, encoding: Encoding): string {
  if (value === null) return 'NULL'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return doubleLiteral(value)
  if (value instanceof Text) return textLiteral(value.bytes, encoding)
  return blobLiteral(value)
}

/** The bytes of all their literals together are at least so many: known without making one. */
export function leastBytes(values: readonly Value[], encoding: Encoding): number {
  let least = 0
  for (const value of values) {
    if (value instanceof Text) {
      // Each two bytes of UTF-16 are one of UTF-8 or more.
      least += encoding === 'UTF-8' ? value.bytes.length : Math.floor(value.bytes.length / 2)
    } else if (value instanceof Uint8Array) least += 2 * value.length
  }
  return least
}

function blobLiteral(bytes: Uint8Array): string {
  return `x'${asBuffer(bytes).toString('hex')}'`
}

function textLiteral(bytes: Uint8Array, encoding: Encoding): string {
  const text = decodeText(bytes, encoding)
  const exact = (): string => `CAST(${blobLiteral(bytes)} AS TEXT)`
  if (text === null || text.includes('\0')) return exact()
  if (!unsafe.test(text)) return quote(text)
  // Before it is cut into parts, which could be millions.
  if (text.length > 100_000) return exact()
  const parts = text
    .split(/([\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+)/u)
    .map((part, at) => (at % 2 === 0 ? (part === '' ? '' : quote(part)) : characters(part)))
    .filter((part) => part !== '')
  return parts.length > MOST_PARTS ? exact() : `(${parts.join('||')})`
}

/** Text in Unicode; null where the bytes are none. */
export function decodeText(bytes: Uint8Array, encoding: Encoding): string | null {
  if (encoding === 'UTF-8') {
    const text = asBuffer(bytes).toString('utf8')
    if (!text.includes('\ufffd')) return text
    return Buffer.compare(Buffer.from(text), bytes) === 0 ? text : null
  }
  if (bytes.length % 2 !== 0) return null
  const units = encoding === 'UTF-16le' ? bytes : Buffer.from(bytes).swap16()
  const text = asBuffer(units).toString('utf16le')
  return text.isWellFormed() ? text : null
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** `char(…)`, which takes a hundred at most. */
function characters(text: string): string {
  const codes = Array.from(text, (character) => character.codePointAt(0))
  const calls: string[] = []
  for (let from = 0; from < codes.length; from += 100) {
    calls.push(`char(${codes.slice(from, from + 100).join(',')})`)
  }
  return calls.join('||')
}

function doubleLiteral(value: number): string {
  if (value === Infinity) return '9e999'
  if (value === -Infinity) return '-9e999'
  const text = Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value)
  if (!Object.is(value, -0) && isReadExactly(value)) {
    return /[.e]/.test(text) ? text : `${text}.0`
  }
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return `ieee754_from_blob(x'${bytes.toString('hex')}')`
}

/**
 * Whether SQLite reads the shortest decimal form of a double as that double. Its older versions
 * compute digits times or through a power of ten in 64 bits of mantissa, which is exact up to 10^27, and
 * then round a second time to 53; newer ones are more exact.
 */
function isReadExactly(value: number): boolean {
  const [, digits = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  let power = Number(exponent) - fraction.length
  let significand = BigInt(digits + fraction)
  if (significand >= 1n << 63n) return false
  for (; power > 0 && significand < 922337203685477580n; power--) significand *= 10n
  for (; power < 0 && significand % 10n === 0n && significand !== 0n; power++) significand /= 10n
  if (power > 27 || power < -27) return false
  const ten = 10n ** BigInt(Math.abs(power))
  const exact = Math.abs(value)
  // All as a fraction: rounded to 64 bits, then to the double nearest to that.
  const [above, below] = power < 0 ? [significand, ten] : [significand * ten, 1n]
  if (above === 0n) return true
  let shift = 0n
  const bits = (number: bigint): bigint => BigInt(number.toString(2).length)
  shift = 64n - (bits(above) - bits(below))
  let rounded = divideToEven(scale(above, shift), scale(below, -shift))
  if (bits(rounded) > 64n) {
    shift -= 1n
    rounded = divideToEven(scale(above, shift), scale(below, -shift))
  }
  const drop = bits(rounded) - 53n
  const mantissa = divideToEven(rounded, 1n << drop)
  return Number(mantissa) * 2 ** Number(drop - shift) === exact
}

/** Times a power of two that is not negative; else unchanged. */
function scale(number: bigint, shift: bigint): bigint {
  return shift > 0n ? number << shift : number
}

/** The nearest whole number, of two as near the even one. */
function divideToEven(above: bigint, below: bigint): bigint {
  const quotient = above / below
  const twice = (above % below) * 2n
  if (twice > below || (twice === below && quotient % 2n === 1n)) return quotient + 1n
  return quotient
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
