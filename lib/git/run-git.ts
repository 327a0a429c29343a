import { type ChildProcess, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DmError } from '../errors/dm-error.ts'
import { redactUrls } from '../format/text.ts'

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
  /** How many bytes it will print, where that is known: they need be copied only once. */
  readonly outputBytes?: number | undefined
  /** Milliseconds after which git is killed; default: never. */
  readonly timeoutMs?: number | undefined
}

export interface GitEnd {
  /** git's exit code; null where it was killed. */
  readonly code: number | null
  /** The last of git's and the remote's words, credentials redacted. */
  readonly stderr: string
}

export interface GitOutcome extends GitEnd {
  readonly stdout: Buffer
}

/** A git that is running. */
export interface GitProcess {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Rejects with the signal's reason where that has aborted, and where git cannot be started. */
  readonly end: Promise<GitEnd>
  /** Ends it, with all that it has started, unless it has ended. */
  readonly stop: () => void
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
const patience = 2000

/** How much of git's words is kept, in bytes: a remote may say anything, as much as it likes. */
const mostWords = 8 * 1024

/**
 * Runs one git command and waits for its end, whatever its exit code.
 *
 * Output is held in memory as bytes. Throws DM_GIT_MISSING, or the reason of the signal where that
 * aborted.
 */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  options: GitOptions = {},
): Promise<GitOutcome> {
  const { child, end } = start(
    place,
    args,
    options,
    options.input === undefined ? 'ignore' : 'pipe',
  )
  const output = collect(options.outputBytes)
  child.stdout?.on('data', output.add)
  child.stdin?.end(options.input)
  const { code, stderr } = await end
  await written(child.stdout)
  options.signal?.throwIfAborted()
  return { code, stderr, stdout: output.whole() }
}

/** Puts chunks together: while they arrive, where it is known how many bytes there will be. */
function collect(bytes = 0): {
  readonly add: (chunk: Buffer) => void
  readonly whole: () => Buffer
} {
  const known = Buffer.allocUnsafe(bytes)
  let filled = 0
  const more: Buffer[] = []
  return {
    add: (chunk) => {
      const fits = more.length === 0 && filled + chunk.length <= bytes
      if (fits) filled += chunk.copy(known, filled)
      else more.push(chunk)
    },
    whole: () => {
      const first = known.subarray(0, filled)
      return more.length === 0 ? first : Buffer.concat([first, ...more])
    },
  }
}

/** Starts one git command whose output is read while it runs. */
export function startGit(
  place: GitPlace,
  args: readonly string[],
  options: Omit<GitOptions, 'input'> = {},
): GitProcess {
  const { child, end, stop } = start(place, args, options, 'pipe')
  // Who stops it early need not wait for its end.
  end.catch(() => undefined)
  return { stdin: child.stdin as Writable, stdout: child.stdout as Readable, end, stop }
}

function start(
  place: GitPlace,
  args: readonly string[],
  { signal, env, timeoutMs }: GitOptions,
  stdin: 'pipe' | 'ignore',
): { child: ChildProcess; end: Promise<GitEnd>; stop: () => void } {
  signal?.throwIfAborted()
  const child = spawn('git', [...settings, ...args], {
    cwd: place.cwd,
    env: { ...place.env, ...env },
    stdio: [stdin, 'pipe', 'pipe'],
    // A session of its own: a Ctrl+C in the terminal does not reach it.
    detached: true,
  })
  // A git that ends before it has read its input says why by its exit code.
  child.stdin?.on('error', () => undefined)
  const words = lastWords(child.stderr)
  const timers: NodeJS.Timeout[] = []
  let isRunning = true
  const stop = (): void => {
    if (!isRunning) return
    kill(child.pid, 'SIGTERM')
    timers.push(setTimeout(kill, patience, child.pid, 'SIGKILL'))
  }
  if (timeoutMs !== undefined) timers.push(setTimeout(stop, timeoutMs))
  signal?.addEventListener('abort', stop, { once: true })
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve)
    child.once('error', reject)
  }).finally(() => {
    isRunning = false
    timers.forEach(clearTimeout)
    signal?.removeEventListener('abort', stop)
  })
  const end = exit.then(
    async (code) => {
      await written(child.stderr)
      signal?.throwIfAborted()
      return { code, stderr: words() }
    },
    (error: NodeJS.ErrnoException) => notStarted(place, args, error),
  )
  return { child, end, stop }
}

/** Node says ENOENT both of a program and of a folder that is not there. */
async function notStarted(
  { cwd }: GitPlace,
  args: readonly string[],
  error: NodeJS.ErrnoException,
): Promise<never> {
  const isThere = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isThere) throw new DmError('DM_GIT_NO_REPOSITORY', { folder: cwd, detail: '' })
  if (error.code === 'ENOENT') throw new DmError('DM_GIT_MISSING', {})
  throw new DmError('DM_GIT_FAILED', { command: args[0] ?? '', detail: error.message })
}

/**
 * Waits until all that a process wrote before it ended has been read.
 *
 * That is the end of the pipe, or, where something that it left behind holds the pipe open (a shared
 * ssh connection, a daemon that a hook has started), some turns of the event loop without anything:
 * what was written lies in the pipe already.
 */
async function written(pipe: Readable | null): Promise<void> {
  if (pipe === null) return
  let quietTurns = 0
  pipe.on('data', () => (quietTurns = 0))
  while (!pipe.closed && quietTurns < 5) {
    quietTurns += 1
    await nextTurn()
  }
  pipe.destroy()
}

/** Collects the last of what a process says; returns what gives it out. */
function lastWords(pipe: Readable | null): () => string {
  let kept = Buffer.alloc(0)
  let isCut = false
  pipe?.on('data', (chunk: Buffer) => {
    const all = Buffer.concat([kept, chunk])
    isCut ||= all.length > mostWords
    kept = all.subarray(-mostWords)
  })
  return () => {
    const text = kept.toString()
    // A word whose beginning is missing may be the rest of a password.
    return redactUrls((isCut ? text.replace(/^\S*/, '') : text).trim())
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
