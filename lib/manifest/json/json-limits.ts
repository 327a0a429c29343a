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
