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
