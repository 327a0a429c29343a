/** One violated keyword of the manifest's schema. */
export interface SchemaError {
  /** JSON pointer to the value that is wrong, or to the object that lacks a field. */
  readonly instancePath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  /** The violated part of the schema; 'x-rule' is its rule in words. */
  readonly parentSchema: { readonly 'x-rule'?: string }
}

/** Checks a parsed manifest against manifest.schema.json; `errors` belongs to the last call. */
export const validate: {
  (data: unknown): boolean
  errors?: readonly SchemaError[] | null
}
