import type { Config } from './types.ts'

/** The environment a config may look at: the process's, and what `.env` adds to it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A config, or a function that makes one from the environment. */
export type ConfigExport = Config | ((context: { readonly env: Environment }) => Config)

/** Gives `datamanager.config.ts` its types; returns its argument unchanged. */
export function defineConfig<Export extends ConfigExport>(config: Export): Export {
  return config
}
