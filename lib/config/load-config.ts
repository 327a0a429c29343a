import { access } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { withDefaults } from './defaults.ts'
import type { ConfigExport, Environment } from './define-config.ts'
import { resolveOwnPackage } from './resolve-own-package.ts'
import { searchPlaces } from './search-places.ts'
import type { ResolvedConfig } from './types.ts'

export interface LoadedConfig {
  readonly config: ResolvedConfig
  /** The file it came from; null: there is none, all defaults. */
  readonly source: string | null
}

/**
 * Loads the config of a data repository.
 *
 * @param root the data repository's folder
 * @param options.file this file instead of searching in `root`
 * @param options.env what a config function is given
 * @throws DM_CONFIG_…, exit 2
 */
export async function loadConfig(
  root: string,
  options: { readonly file?: string | undefined; readonly env: Environment },
): Promise<LoadedConfig> {
  // Most data repositories have none: they do not wait for the library that reads one.
  if (options.file === undefined && !(await mayHaveConfig(root))) {
    return { config: withDefaults({}), source: null }
  }
  const { cosmiconfig } = await import('cosmiconfig')
  const found = await find(() => {
    // It reads settings of its own as soon as it is made.
    const explorer = cosmiconfig('datamanager', {
      searchPlaces: [...searchPlaces],
      searchStrategy: 'none',
      ignoreEmptySearchPlaces: false,
      // Its own loaders answer a module without default export, or one that throws ENOENT, with "no
      // config".
      loaders: {
        '.ts': importModule,
        '.mts': importModule,
        '.js': importModule,
        '.mjs': importModule,
      },
    })
    return options.file === undefined ? explorer.search(root) : explorer.load(options.file)
  })
  if (found === null) return { config: withDefaults({}), source: null }
  const source = path.relative(root, found.filepath)
  if (found.isEmpty === true) throw new DmError('DM_CONFIG_NO_EXPORT', { source })
  // Checked only where there is a config: the schema's library is a third of the start-up time.
  const { parseConfig } = await import('./parse-config.ts')
  const raw = evaluate(found.config as ConfigExport, options.env, source)
  return { config: parseConfig(raw, source), source }
}

async function mayHaveConfig(root: string): Promise<boolean> {
  const places = searchPlaces.map((place) => access(path.join(root, place)))
  return Promise.any(places).then(
    () => true,
    () => false,
  )
}

async function find<Found>(search: () => Promise<Found>): Promise<Found> {
  try {
    return await search()
  } catch (error) {
    if (isDmError(error)) throw error
    if (isMissingFile(error))
      throw new DmError('DM_CONFIG_MISSING', { source: error.path }, { cause: error })
    const reason = error instanceof Error ? error.message : String(error)
    throw new DmError('DM_CONFIG_THROWS', { source: sourceOf(error), reason }, { cause: error })
  }
}

function isMissingFile(error: unknown): error is Error & { path: string } {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error
}

/** cosmiconfig puts the file into the errors of its own parsers. */
function sourceOf(error: unknown): string {
  const named = error instanceof Error && 'filepath' in error ? error.filepath : undefined
  return typeof named === 'string' ? path.basename(named) : 'The config'
}

async function importModule(file: string): Promise<unknown> {
  const source = path.basename(file)
  resolveOwnPackage()
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DmError('DM_CONFIG_THROWS', { source, reason }, { cause: error })
  }
  if (module.default === undefined || module.default === null) {
    throw new DmError('DM_CONFIG_NO_EXPORT', { source })
  }
  return module.default
}

function evaluate(exported: ConfigExport, env: Environment, source: string): unknown {
  if (typeof exported !== 'function') return exported
  try {
    return exported({ env })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DmError('DM_CONFIG_THROWS', { source, reason }, { cause: error })
  }
}
