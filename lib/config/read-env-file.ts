import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseEnv } from 'node:util'
import type { Environment } from './define-config.ts'

/**
 * The environment with what the `.env` in `folder` adds to it; what is set already wins. Without
 * such a file: the environment as it is.
 */
export async function withEnvFile(folder: string, env: Environment): Promise<Environment> {
  let text: string
  try {
    text = await readFile(path.join(folder, '.env'), 'utf8')
  } catch {
    return env
  }
  return { ...parseEnv(text), ...env }
}
