/**
 * What one run knows so far, by name. Empty here: whoever defines steps declares the facts that
 * these steps need and provide, by augmenting this interface:
 *
 * ```ts
 * declare module '@openenergyoutlook/datamanager' {
 *   interface Facts { rowLimit: number }
 * }
 * ```
 */
export interface Facts {}

/** The name of a fact. */
export type FactName = keyof Facts & string

/** A fact that a step needs; `'name?'` is one that it can do without. */
export type Need = FactName | `${FactName}?`

/** The facts that a step with these needs is given. */
export type Given<N extends Need> = {
  readonly [K in N as K extends FactName ? K : never]: K extends FactName ? Facts[K] : never
} & {
  readonly [
    K in N as K extends `${infer Name extends FactName}?` ? Name : never
  ]?: K extends `${infer Name extends FactName}?` ? Facts[Name] : never
}
