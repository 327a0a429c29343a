import { $ } from 'zx/core'
import { DmError } from '../errors/dm-error.ts'
import { redactUrls } from '../format/redact-urls.ts'

/** Where git runs, and in which environment (made by `gitEnvironment`). */
export interface GitPlace {
  /** Absolute path of an existing folder. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface GitOptions {
  /** Kills git when it aborts; leave it out where git must not be interrupted. */
  readonly signal?: AbortSignal | undefined
  /** What git reads on stdin; default: nothing. */
  readonly input?: Buffer | undefined
  /** Added to the environment of the place. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Milliseconds after which git is killed; default: never. */
  readonly timeoutMs?: number | undefined
}

export interface GitOutcome {
  /** git's exit code; null where it was killed. */
  readonly code: number | null
  readonly stdout: Buffer
  /** git's and the remote's words, credentials redacted. */
  readonly stderr: string
}

/** Settings of the user that would change what a command does or print. */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'core.splitIndex=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.pruneTags=false',
  'fetch.writeCommitGraph=false',
  'submodule.recurse=false',
  'i18n.commitEncoding=UTF-8',
  'i18n.logOutputEncoding=UTF-8',
].flatMap((setting) => ['-c', setting])

/** How long a process may take to end after SIGTERM, in milliseconds. */
const patience = 5000

/**
 * Runs one git command and waits for its end, whatever its exit code.
 *
 * It gets a session of its own: a Ctrl+C in the terminal does not reach it. Output is held in
 * memory as bytes. Throws DM_GIT_MISSING, or the reason of the signal where that aborted.
 */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitOutcome> {
  options.signal?.throwIfAborted()
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  const child = $({
    cwd: place.cwd,
    env: { ...place.env, ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    // zx itself would give out text only.
    store: { stdout, stderr, stdall: [] },
    detached: true,
    nothrow: true,
    quiet: true,
    verbose: false,
    // Half the start-up time of bash.
    shell: '/bin/sh',
    quote,
    prefix: '',
    postfix: '',
  })`exec git ${[...settings, ...args]}`
  // A git that ends before it has read its input says why by its exit code.
  if (options.input !== undefined) child.stdin.on('error', () => undefined)
  const settled = stopOn(child.pid, options)
  const output = await child.finally(settled)
  options.signal?.throwIfAborted()
  // The shell's code for a command that was not found.
  if (output.exitCode === 127) throw new DmError('DM_GIT_MISSING', {})
  return {
    code: output.exitCode,
    stdout: Buffer.concat(stdout),
    stderr: redactUrls(Buffer.concat(stderr).toString().trim()),
  }
}

/** Kills the process group on abort and after the timeout; returns what takes that back. */
function stopOn(pid: number | undefined, { signal, timeoutMs }: GitOptions): () => void {
  const timers: NodeJS.Timeout[] = []
  const stop = (): void => {
    kill(pid, 'SIGTERM')
    timers.push(setTimeout(kill, patience, pid, 'SIGKILL'))
  }
  signal?.addEventListener('abort', stop, { once: true })
  if (timeoutMs !== undefined) timers.push(setTimeout(stop, timeoutMs))
  return () => {
    signal?.removeEventListener('abort', stop)
    timers.forEach(clearTimeout)
  }
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended in the meantime.
  }
}

/** A word of POSIX sh; zx's own quoting is bash's. */
function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
