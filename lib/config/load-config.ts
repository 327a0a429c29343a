import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { withDefaults } from './defaults.ts'
import type { Environment } from './define-config.ts'
import { verifyReadable } from './find-data-repository.ts'
import { findFailure, importConfig } from './import-config.ts'
import type { ResolvedConfig } from './types.ts'

/** How long a config may wait for something, such as a name that it asks a server for. */
const limitSeconds = 30

/**
 * Loads the config of a data repository.
 *
 * @param file absolute; null: there is none, all defaults
 * @param options.root the data repository's folder, for messages
 * @param options.env what a config function is given
 * @throws DM_CONFIG_…, exit 2
 */
export async function loadConfig(
  file: string | null,
  { root, env }: { readonly root: string; readonly env: Environment },
): Promise<ResolvedConfig> {
  if (file === null) return withDefaults({})
  verifyReadable(file)
  const source = path.relative(root, file)
  await access(file, constants.R_OK).catch((cause: unknown) => {
    throw new DmError('DM_CONFIG_MISSING', { source }, { cause })
  })
  const late = new DmError('DM_CONFIG_UNSETTLED', { source, seconds: limitSeconds })
  const raw = await inTime(evaluate(file, env), late).catch((error: unknown) =>
    explain(error, { file, root }),
  )
  if (raw === undefined || raw === null) throw new DmError('DM_CONFIG_NO_EXPORT', { source })
  // Checked only where there is a config: the schema's library is a third of the start-up time.
  const { parseConfig } = await import('./parse-config.ts')
  return parseConfig(raw, source)
}

/** What the file exports, or what the exported function gives; of what is promised, what came of it. */
async function evaluate(file: string, env: Environment): Promise<unknown> {
  const exported = await readExport(file)
  return typeof exported === 'function'
    ? await (exported as (context: { readonly env: Environment }) => unknown)({ env })
    : exported
}

async function readExport(file: string): Promise<unknown> {
  if (/\.[cm]?[jt]s$/.test(file)) return importConfig(file)
  const { cosmiconfig } = await import('cosmiconfig')
  const found = await cosmiconfig('datamanager').load(file)
  return found?.config
}

/**
 * What keeps the process alive and never settles, such as a request to a silent server. Where nothing
 * keeps it alive, the end comes at once: the timer does not prolong that.
 */
async function inTime<Result>(loading: Promise<Result>, late: Error): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late), limitSeconds * 1000).unref()
  try {
    return await Promise.race([loading, promise])
  } finally {
    clearTimeout(timer)
  }
}

async function explain(
  error: unknown,
  { file, root }: { readonly file: string; readonly root: string },
): Promise<never> {
  if (isDmError(error, 'DM_CONFIG_UNSETTLED')) throw error
  const message = error instanceof Error ? error.message : String(error)
  // cosmiconfig puts the path before the reason.
  const reason = message.replace(/^(?:JSON|YAML) Error in .*:\n/, '')
  const place = await findFailure(error, [root, path.dirname(file)])
  const at = place === null ? null : path.relative(root, place)
  const source = path.relative(root, file)
  throw new DmError('DM_CONFIG_THROWS', { source, reason, at }, { cause: error })
}
