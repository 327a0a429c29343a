import { $ } from 'zx/core'

const kept = ['PATH', 'TMPDIR', 'SystemRoot', 'TEMP', 'TMP']

/**
 * The environment for sqlite3: where programs and temporary files are, and nothing else, so that no
 * variable (HOME with its .sqliterc, SQLITE_…, EDITOR) changes what it does.
 */
export function sqliteEnvironment(): Record<string, string> {
  const entries = kept.map((name) => [name, $.env[name]] as const)
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  )
}
