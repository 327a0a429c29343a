import { realpath } from 'node:fs/promises'
import path from 'node:path'
import type { Environment } from './define-config.ts'
import { pickSettings, readEnvFile } from './env-file.ts'
import { findConfig, findDataRepository } from './find-data-repository.ts'
import { loadConfig } from './load-config.ts'
import type { ResolvedConfig } from './types.ts'
import { DmError } from '../errors/dm-error.ts'

/** A data repository and its config, as one run sees them. */
export interface Project {
  /** The data repository's folder, absolute. */
  readonly root: string
  /** Where the command was given; relative paths of the user start here. */
  readonly cwd: string
  readonly config: ResolvedConfig
  /** The config's file, relative to `root`; null: all defaults. */
  readonly source: string | null
  /** The environment of the process, which programs that dm starts inherit. Holds secrets. */
  readonly env: Environment
  /** That, and the keys that `.env` adds to it: what stores and forges are given. Holds secrets. */
  readonly settings: Environment
  /** The time, injected so that tests can set it. */
  readonly clock: () => Date
}

/** Where a run begins, before anything of the team's is executed. */
export interface ProjectPlace {
  readonly cwd: string
  /** The data repository; with a `configFile`, the one that is meant if that has all defaults. */
  readonly root: string
  /** How the data repository is looked for again, by what the `configFile` says. */
  readonly search: { readonly from: string; readonly exact: boolean }
  /** This config file instead of the one in the data repository, absolute. */
  readonly configFile: string | undefined
  readonly env: Environment
  /** All that `.env` says: for a config, and for who hides secrets. */
  readonly envFile: Environment
}

/**
 * The folder in which a command was given, absolute. Links are followed, as git follows them: what is
 * above a folder is what is above its real place.
 *
 * @param given this folder instead, relative to `cwd`
 * @throws DM_USAGE where there is none
 */
export async function locateFolder(cwd: string, given: string | undefined): Promise<string> {
  return realpath(path.resolve(cwd, given ?? '')).catch((cause: unknown) => {
    const problem = `There is no folder '${given ?? cwd}'.`
    const hint = 'Give the folder of a data repository with -C.'
    throw new DmError('DM_USAGE', { problem, hint }, { cause })
  })
}

/**
 * Finds where a run begins.
 *
 * @param options.cwd the current folder, absolute
 * @param options.root this data repository instead of the one around `cwd`
 * @param options.configFile this config instead of the data repository's own
 * @throws DM_USAGE, DM_ENV_FILE, exit 2
 */
export async function locateProject(options: {
  readonly cwd: string
  readonly root?: string | undefined
  readonly configFile?: string | undefined
  readonly env: Environment
}): Promise<ProjectPlace> {
  const { cwd, env } = options
  const from = await locateFolder(cwd, options.root)
  const search = { from, exact: options.root !== undefined }
  const root = findDataRepository({ ...search, manifest: 'manifest.json' })
  const configFile =
    options.configFile === undefined ? undefined : path.resolve(cwd, options.configFile)
  const envFile = await readEnvFile(configFile === undefined ? root : path.dirname(configFile))
  return { cwd, root, search, configFile, env, envFile }
}

/**
 * Loads the config and so opens the data repository.
 *
 * @throws DM_CONFIG_…, exit 2
 */
export async function openProject(place: ProjectPlace): Promise<Project> {
  const { cwd, search, configFile, env, envFile } = place
  const file = configFile ?? findConfig(place.root)
  const config = await loadConfig(file, { root: place.root, env: { ...envFile, ...env } })
  // A config from elsewhere says by its manifest which folder it is meant for.
  const root =
    configFile === undefined
      ? place.root
      : findDataRepository({ ...search, manifest: config.manifest })
  return {
    root,
    cwd,
    config,
    source: file === null ? null : path.relative(root, file),
    env,
    settings: { ...pickSettings(envFile, config.buckets), ...env },
    clock: () => new Date(),
  }
}
