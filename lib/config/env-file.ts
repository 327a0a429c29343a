import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { DmError } from '../errors/dm-error.ts'
import type { Environment } from './define-config.ts'
import type { ResolvedBucket } from './types.ts'

/**
 * The settings that dm itself reads from `.env`: keys. Nothing else, such as what git or a program
 * that it starts obeys (`GIT_SSH_COMMAND`, `LD_PRELOAD`, `HTTPS_PROXY`): whoever can write a file into
 * a repository is not whoever sets the environment of a process.
 */
const settings = [
  'R2_ACCESS_KEY_ID',
  'R2_SECRET_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'GH_TOKEN',
  'GITHUB_TOKEN',
]

/**
 * What the `.env` in a folder says; empty where there is none.
 *
 * @throws DM_ENV_FILE, exit 2
 */
export async function readEnvFile(folder: string): Promise<Environment> {
  try {
    return parseEnv(await readFile(path.join(folder, '.env'), 'utf8'))
  } catch (error) {
    // Often a folder: Python's virtual environments have that name.
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))) return {}
    throw new DmError('DM_ENV_FILE', { folder, reason: codeOf(error) }, { cause: error })
  }
}

/** The settings of `.env` that dm reads: its own, and those that the config names as keys. */
export function pickSettings(
  envFile: Environment,
  buckets: Readonly<Record<string, Pick<ResolvedBucket, 'credentials'>>>,
): Environment {
  const named = Object.values(buckets).flatMap(({ credentials }) =>
    Object.values(credentials ?? {}),
  )
  const wanted = new Set<unknown>([...settings, ...named])
  return Object.fromEntries(Object.entries(envFile).filter(([name]) => wanted.has(name)))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
