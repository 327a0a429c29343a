import { lstatSync } from 'node:fs'
import path from 'node:path'
import type { Environment } from '../config/define-config.ts'
import { readEnvFile } from '../config/env-file.ts'
import { findConfig, findDataRepository } from '../config/find-data-repository.ts'
import { loadConfig } from '../config/load-config.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { resolveRef } from '../git/refs.ts'
import { openRepository, type Repository } from '../git/repository.ts'
import { runGit } from '../git/run-git.ts'

/** The folder that is to be a data repository, as it is now. */
export interface Site {
  /** Absolute, without links. */
  readonly folder: string
  /** Null: it is in no git repository yet. */
  readonly git: {
    /** The folder's path in the git repository, ending in `/`; '' for its root. */
    readonly prefix: string
    readonly remote: string | null
    readonly remoteUrl: string | null
    /** The branch that is to count. */
    readonly base: string
  } | null
  /** The config that is there, relative to the folder, and what it says; null: there is none. */
  readonly config: { readonly file: string; readonly content: ResolvedConfig } | null
}

/**
 * Looks at a folder; changes nothing.
 *
 * @throws DM_SETUP_INSIDE, DM_USAGE for a bare repository, DM_CONFIG_…, DM_GIT_…
 */
export async function inspectSite(
  folder: string,
  env: Environment,
  signal?: AbortSignal,
): Promise<Site> {
  verifyOutside(folder)
  const file = findConfig(folder)
  const settings = file === null ? env : { ...(await readEnvFile(folder)), ...env }
  const content = file === null ? null : await loadConfig(file, { root: folder, env: settings })
  const git = content?.git ?? { remote: 'origin', base: 'main' }
  const repository = await findRepository(folder, env, git, signal)
  if (repository?.isBare === true) {
    const problem = `${folder} is a bare git repository: it has no files.`
    throw new DmError('DM_USAGE', { problem, hint: 'Clone it, and run dm init in the clone.' })
  }
  return {
    folder,
    git:
      repository === null
        ? null
        : {
            prefix: repository.prefix,
            remote: repository.remote,
            remoteUrl: repository.remoteUrl,
            base: content === null ? await findBase(repository, signal) : git.base,
          },
    config:
      file === null || content === null ? null : { file: path.relative(folder, file), content },
  }
}

/** @throws DM_SETUP_INSIDE where a config or a manifest above counts here */
function verifyOutside(folder: string): void {
  const root = findDataRepository({ from: folder, exact: false, manifest: 'manifest.json' })
  if (root === folder) return
  const manifest = lstatSync(path.join(root, 'manifest.json'), { throwIfNoEntry: false })
  // Else it is only the root of the git repository.
  if (findConfig(root) === null && manifest === undefined) return
  throw new DmError('DM_SETUP_INSIDE', { folder, root })
}

async function findRepository(
  cwd: string,
  env: Environment,
  { remote, base }: { readonly remote: string; readonly base: string },
  signal: AbortSignal | undefined,
): Promise<Repository | null> {
  return openRepository({ cwd, env, remote, base, signal }).catch((error: unknown) => {
    if (isDmError(error, 'DM_GIT_NO_REPOSITORY')) return null
    // The only remote there is must be the one.
    const [only, ...others] = isDmError(error, 'DM_GIT_UNKNOWN_REMOTE') ? error.context.remotes : []
    if (only === undefined || others.length > 0) throw error
    return openRepository({ cwd, env, remote: only, base, signal })
  })
}

/** `main` where there is one; else what the remote, or this clone, has checked out. */
async function findBase(repository: Repository, signal: AbortSignal | undefined): Promise<string> {
  const { remote } = repository
  const places = [...(remote === null ? [] : [`refs/remotes/${remote}/`]), 'refs/heads/']
  for (const place of places) {
    if ((await resolveRef(repository, `${place}main`, signal)) !== null) return 'main'
  }
  for (const place of places) {
    const head = place === 'refs/heads/' ? 'HEAD' : `${place}HEAD`
    const { stdout } = await runGit(repository, ['symbolic-ref', '--quiet', head], { signal })
    const target = stdout.toString().trim()
    if (target.startsWith(place)) return target.slice(place.length)
  }
  return 'main'
}
