import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import type { Environment } from '../config/define-config.ts'

/** What sqlite3 may say of a failure, in characters. */
const MOST_SAID = 500

/**
 * Feeds a file of SQL to the sqlite3 command, which changes a database with it; none of the user's
 * settings, and nothing outside of that database (`-safe`).
 *
 * @param file an absolute path
 * @returns what sqlite3 said where it failed; null: it did not
 * @throws errors of the file system and of starting it; the signal's reason when aborted
 */
export async function applySql(
  file: string,
  sql: string,
  { env, signal }: { env: Environment; signal?: AbortSignal | undefined },
): Promise<string | null> {
  signal?.throwIfAborted()
  const input = await open(sql)
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string | null>()
    const settings = ['-safe', '-init', '/dev/null', '-batch', '-bail']
    const child = spawn('sqlite3', [...settings, '-cmd', 'PRAGMA synchronous=OFF', file], {
      stdio: [input.fd, 'ignore', 'pipe'],
      env: { PATH: env['PATH'], TMPDIR: env['TMPDIR'] },
      detached: true,
      signal,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < MOST_SAID) said += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code, killed) => {
      resolve(code === 0 && said === '' ? null : said.trim() || `it ended with ${killed ?? code}`)
    })
    const failure = await promise
    return failure === null ? null : failure.slice(0, MOST_SAID)
  } finally {
    signal?.throwIfAborted()
    await input.close()
  }
}
