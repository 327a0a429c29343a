import type { Config, StorageConfig } from './types.ts'

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What a config that is a function is given. */
export interface ConfigContext {
  /** The environment of the process, and what `.env` adds to it. */
  readonly env: Environment
}

/** A config, or a function that makes one; also in a promise. */
export type ConfigExport =
  | Config
  | Promise<Config>
  | ((context: ConfigContext) => Config | Promise<Config>)

/** Gives `datamanager.config.ts` its types; returns its argument unchanged. */
export function defineConfig<Given extends ConfigExport>(config: Checked<Given>): Given
export function defineConfig(config: unknown): unknown {
  return config
}

/**
 * The storage of a Cloudflare R2 account.
 *
 * Endpoints: https://developers.cloudflare.com/r2/api/s3/api/ and, for a jurisdiction,
 * https://developers.cloudflare.com/r2/reference/data-location/.
 */
export function r2(account: {
  readonly accountId: string
  readonly jurisdiction?: 'eu' | 'fedramp'
}): StorageConfig {
  const host = [account.accountId?.trim(), account.jurisdiction].filter(Boolean).join('.')
  return { type: 's3', endpoint: `https://${host}.r2.cloudflarestorage.com`, region: 'auto' }
}

/**
 * `Given`, with `never` for every key that no config has: TypeScript itself lets unknown keys pass in
 * what a function returns, where something valid stands beside them.
 */
type Checked<Given> = Given extends (context: ConfigContext) => infer Result
  ? Given & ((context: ConfigContext) => ExactOrPromise<Result>)
  : Given & ExactOrPromise<Given>

type ExactOrPromise<Given> =
  Given extends Promise<infer Settled> ? Promise<Exact<Settled, Config>> : Exact<Given, Config>

type Exact<Given, Shape> = Given extends readonly unknown[] | ((...args: never[]) => unknown)
  ? Given
  : Given extends { type: infer Type }
    ? ExactKeys<Given, Extract<Shape, { type: Type }>>
    : Given extends object
      ? ExactKeys<Given, Extract<Shape, object>>
      : Given

type ExactKeys<Given, Shape> = {
  [Key in keyof Given]: Key extends keyof Shape ? Exact<Given[Key], NonNullable<Shape[Key]>> : never
}
