import { $, type ProcessOutput } from 'zx/core'
import type { Environment } from '../config/define-config.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { isOlder } from '../format/units.ts'
import { shellQuote } from '../format/text.ts'

/** The first version with `-safe` and pragma_table_list: https://www.sqlite.org/releaselog/3_37_0.html */
const OLDEST = '3.37.0'

/** The most that a call may print, in bytes: a hostile database must not exhaust the memory. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/**
 * Read-only, none of the user's settings, no function or virtual table that reaches outside of the
 * database (`-safe`), stop at the first error.
 */
const hardening = ['-safe', '-init', '/dev/null', '-readonly', '-bail']

/** A database may come from anywhere: https://www.sqlite.org/security.html */
const pragmas = ['PRAGMA trusted_schema=OFF', 'PRAGMA cell_size_check=ON']

/**
 * Where programs and temporary files are, and nothing else, so that no variable (HOME with its
 * .sqliterc, SQLITE_…, EDITOR) changes what sqlite3 does.
 */
const keptVariables = ['PATH', 'TMPDIR', 'SystemRoot', 'TEMP', 'TMP']

/** https://www.sqlite.org/rescode.html; sqlite3 exits with them when a statement fails. */
const results = { busy: 5, corrupt: 11, notADatabase: 26 }

/** Exit codes of a shell that cannot run the command. */
const shellCodes = { notExecutable: 126, notFound: 127 }

/** How SQLite says that a schema uses what only the program that made it has. */
const beyondSqlite =
  /^(?:no such (?:collation sequence|function|module|tokenizer)|unknown function|wrong number of arguments to function|vtable constructor failed)/

export interface SqliteOptions {
  /** Of the run: says where sqlite3 is. */
  readonly env: Environment
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
  { env, signal, immutable = false, limit = MAX_OUTPUT_BYTES }: SqliteOptions,
): Promise<string> {
  signal?.throwIfAborted()
  const overflow = new AbortController()
  const options = {
    ...processOptions(env),
    // No shell between us and sqlite3 that a signal could hit instead.
    prefix: 'exec ',
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    detached: true,
    verbose: false,
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
  if (output.exitCode !== 0) throw await toFailure(file, output, env)
  return output.stdout
}

/** The version of the sqlite3 command, `3.40.1`; undefined where it tells none. */
export async function sqliteVersion(env: Environment): Promise<string | undefined> {
  const output = await $(processOptions(env))`sqlite3 -version`
  return /^\d+\.\d+\.\d+/.exec(output.stdout)?.[0]
}

/** A name as an SQL identifier, whatever characters it has. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Whether SQLite failed only because it lacks what the database's own program has: a collation, a
 * function, a module. That is no damage.
 */
export function isBeyondSqlite(error: unknown): error is DmError<'DM_SQLITE_FAILED'> {
  return isDmError(error, 'DM_SQLITE_FAILED') && beyondSqlite.test(error.context.reason)
}

function processOptions(given: Environment) {
  const env = keptVariables.flatMap((name) => {
    const value = given[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    shell: true as const,
    // zx has none of its own where there is no bash.
    quote: shellQuote,
    prefix: '',
    postfix: '',
    quiet: true,
    nothrow: true,
    env: Object.fromEntries(env),
  }
}

/** Why sqlite3 failed, from its exit code. */
async function toFailure(file: string, output: ProcessOutput, env: Environment): Promise<DmError> {
  const { exitCode } = output
  const reason = describe(output)
  if (exitCode === shellCodes.notFound || exitCode === shellCodes.notExecutable) {
    return new DmError('DM_SQLITE_MISSING', {})
  }
  if (exitCode === results.busy) return new DmError('DM_SQLITE_BUSY', { file }, { cause: output })
  if (exitCode === results.corrupt || exitCode === results.notADatabase) {
    return new DmError('DM_DATABASE_DAMAGED', { file, problems: [reason] }, { cause: output })
  }
  const version = await sqliteVersion(env)
  if (version !== undefined && isOlder(version, OLDEST)) {
    return new DmError('DM_SQLITE_TOO_OLD', { version, needed: OLDEST })
  }
  return new DmError('DM_SQLITE_FAILED', { file, reason }, { cause: output })
}

/** What sqlite3 said last, without where in our own SQL it stood. */
function describe({ stderr, signal, exitCode, cause }: ProcessOutput): string {
  const said = stderr
    .trim()
    .replace(/^(?:Parse |Runtime )?[Ee]rror:?(?: in prepare,| stepping,)? /, '')
  if (said !== '') return said.slice(0, 500)
  if (cause instanceof Error) return cause.message
  return `it ended with ${signal ?? `exit code ${exitCode ?? 'unknown'}`}`
}

/** https://www.sqlite.org/uri.html: only these three characters have a meaning in the path. */
function fileUri(file: string): string {
  return `file:${file.replaceAll('%', '%25').replaceAll('?', '%3f').replaceAll('#', '%23')}`
}
