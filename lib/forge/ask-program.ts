import { execFile } from 'node:child_process'
import type { Environment } from '../config/define-config.ts'

/** How long a program may think, in milliseconds. */
const timeout = 10_000

/**
 * What a program prints, trimmed; null where it is not installed, fails, or says nothing. It is asked
 * for what makes things easier, never for what is needed.
 */
export function askProgram(
  program: string,
  args: readonly string[],
  env: Environment,
  signal?: AbortSignal,
): Promise<string | null> {
  const options = { env: { ...env }, timeout, windowsHide: true, ...(signal && { signal }) }
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout) => {
      resolve(error === null && stdout.trim() !== '' ? stdout.trim() : null)
    }).stdin?.end()
  })
}
