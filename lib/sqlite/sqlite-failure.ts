import { $, type ProcessOutput } from 'zx/core'
import { DmError } from '../errors/dm-error.ts'
import { shellQuote } from '../format/shell-quote.ts'
import { sqliteEnvironment } from './sqlite-environment.ts'

/** The first version with `-safe` and pragma_table_list: https://www.sqlite.org/releaselog/3_37_0.html */
const OLDEST = '3.37.0'

/** https://www.sqlite.org/rescode.html; sqlite3 exits with them when a statement fails. */
const results = { busy: 5, corrupt: 11, notADatabase: 26 }

/** Exit codes of a shell that cannot run the command. */
const shellCodes = { notExecutable: 126, notFound: 127 }

/** Why sqlite3 failed, from its exit code. */
export async function sqliteFailure(file: string, output: ProcessOutput): Promise<DmError> {
  const { exitCode } = output
  const reason = describe(output)
  if (exitCode === shellCodes.notFound || exitCode === shellCodes.notExecutable) {
    return new DmError('DM_SQLITE_MISSING', {})
  }
  if (exitCode === results.busy) return new DmError('DM_SQLITE_BUSY', { file }, { cause: output })
  if (exitCode === results.corrupt || exitCode === results.notADatabase) {
    return new DmError('DM_DATABASE_DAMAGED', { file, problems: [reason] }, { cause: output })
  }
  const version = await readVersion()
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

async function readVersion(): Promise<string | undefined> {
  const options = {
    shell: true as const,
    // zx has none of its own where there is no bash.
    quote: shellQuote,
    prefix: '',
    postfix: '',
    quiet: true,
    nothrow: true,
  }
  const output = await $({ ...options, env: sqliteEnvironment() })`sqlite3 -version`
  return /^\d+\.\d+\.\d+/.exec(output.stdout)?.[0]
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0
}
