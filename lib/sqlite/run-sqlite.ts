import { $ } from 'zx/core'
import { DmError } from '../errors/dm-error.ts'
import { shellQuote } from '../format/shell-quote.ts'
import { sqliteFailure } from './sqlite-failure.ts'
import { sqliteEnvironment } from './sqlite-environment.ts'

/** The most that a call may print, in bytes: a hostile database must not exhaust the memory. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/**
 * Read-only, none of the user's settings, no function or virtual table that reaches outside of the
 * database (`-safe`), stop at the first error.
 */
const hardening = ['-batch', '-safe', '-init', '/dev/null', '-readonly', '-bail', '-noheader']

/** A database may come from anywhere: https://www.sqlite.org/security.html */
const pragmas = ['PRAGMA trusted_schema=OFF', 'PRAGMA cell_size_check=ON']

export interface SqliteOptions {
  /** Kills the process. */
  readonly signal?: AbortSignal | undefined
  /**
   * Reads a file that nothing writes to without locks: the way to read one in WAL mode without
   * leaving files beside it, after `verifyNoJournal`.
   */
  readonly immutable?: boolean
  /** The most that the statements may print, in bytes. */
  readonly limit?: number
}

/**
 * Runs SQL statements on a database through the sqlite3 command and returns what they print, in its
 * list mode: a row a line, `|` between columns. Print text as hex(CAST(x AS BLOB)): it may contain
 * line ends and NUL.
 *
 * @param file an absolute path
 * @param statements each may hold several; together not longer than 100 KB
 * @throws DM_SQLITE_MISSING, DM_SQLITE_TOO_OLD, DM_SQLITE_BUSY, DM_SQLITE_FAILED, DM_SQLITE_OUTPUT,
 *   DM_DATABASE_DAMAGED; the signal's reason when aborted
 */
export async function runSqlite(
  file: string,
  statements: readonly string[],
  { signal, immutable = false, limit = MAX_OUTPUT_BYTES }: SqliteOptions = {},
): Promise<string> {
  signal?.throwIfAborted()
  const overflow = new AbortController()
  const options = {
    shell: true as const,
    quote: shellQuote,
    // No shell between us and sqlite3 that a signal could hit instead.
    prefix: 'exec ',
    postfix: '',
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    env: sqliteEnvironment(),
    detached: true,
    quiet: true,
    verbose: false,
    nothrow: true,
    signal: signal === undefined ? overflow.signal : AbortSignal.any([signal, overflow.signal]),
  }
  const settings = pragmas.flatMap((pragma) => ['-cmd', pragma])
  const database = immutable ? `${fileUri(file)}?immutable=1` : file
  const run = $(options)`sqlite3 ${hardening} ${settings} ${database} ${statements}`
  let bytes = 0
  // No child: the command line was too long.
  run.child?.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > limit) overflow.abort()
  })
  const output = await run
  signal?.throwIfAborted()
  if (overflow.signal.aborted) throw new DmError('DM_SQLITE_OUTPUT', { file, limit })
  if (output.exitCode !== 0) throw await sqliteFailure(file, output)
  return output.stdout
}

/** https://www.sqlite.org/uri.html: only these three characters have a meaning in the path. */
function fileUri(file: string): string {
  return `file:${file.replaceAll('%', '%25').replaceAll('?', '%3f').replaceAll('#', '%23')}`
}
