import path from 'node:path'
import type { Environment } from '../config/define-config.ts'
import { findDataRepository } from '../config/find-data-repository.ts'
import { loadConfig } from '../config/load-config.ts'
import { withEnvFile } from '../config/read-env-file.ts'
import type { ResolvedConfig } from '../config/types.ts'

/** A data repository and its config, as one run sees them. */
export interface Project {
  /** The folder that holds the config or the manifest, absolute. */
  readonly root: string
  /** Where the command was given; relative paths of the user start here. */
  readonly cwd: string
  readonly config: ResolvedConfig
  /** The config's file, relative to `root`; null: all defaults. */
  readonly source: string | null
  /** The environment, with what `.env` adds to it. Holds secrets. */
  readonly env: Environment
  /** The time, injected so that tests can set it. */
  readonly clock: () => Date
}

export interface ProjectOptions {
  /** Absolute path of the current folder. */
  readonly cwd: string
  /** This data repository instead of the one around `cwd`. */
  readonly root?: string | undefined
  /** This config file instead of the one in the data repository. */
  readonly configFile?: string | undefined
  readonly env: Environment
  readonly clock?: () => Date
}

/**
 * Finds the data repository and loads its config.
 *
 * @throws DM_CONFIG_…, exit 2
 */
export async function openProject(options: ProjectOptions): Promise<Project> {
  const { cwd, clock = () => new Date() } = options
  const root =
    options.root === undefined ? await findDataRepository(cwd) : path.resolve(cwd, options.root)
  const file = options.configFile === undefined ? undefined : path.resolve(cwd, options.configFile)
  const env = await withEnvFile(file === undefined ? root : path.dirname(file), options.env)
  const { config, source } = await loadConfig(root, { file, env })
  return { root, cwd, config, source, env, clock }
}
