import { spawn, type ChildProcess } from 'node:child_process'
import { gitTestEnvironment } from './git-test-environment.ts'
import { program, sources } from './program.ts'

/** How a run of dm ended. */
export interface DmRun {
  /** Exit code, or the name of the signal that killed it. */
  readonly exit: number | string
  readonly stdout: string
  readonly stderr: string
  /** The one JSON document on stdout; throws where there is anything else. */
  readonly json: () => Record<string, unknown>
}

export interface DmOptions {
  /** Added to an environment that knows nothing of this machine's user. */
  readonly env?: Readonly<Record<string, string>>
  /** Runs the sources in any case: a config that imports some of them must share their copy. */
  readonly fromSources?: boolean
  /** Called with the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void
}

/** Runs dm as a process of its own, and waits for its end. */
export function dm(cwd: string, args: readonly string[], options: DmOptions = {}): Promise<DmRun> {
  const child = spawn(
    process.execPath,
    [options.fromSources === true ? sources : program, ...args],
    {
      cwd,
      env: { ...gitTestEnvironment, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  options.onStart?.(child)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    // A git that dm left behind may hold the pipes open for longer than dm lives.
    child.once('exit', (code, signal) => {
      setImmediate(() => {
        const exit = code ?? signal ?? 'nothing'
        resolve({ exit, stdout, stderr, json: () => parseDocument(stdout, stderr) })
      })
    })
  })
}

/** As `dm --json`, for a run that must succeed: the fields of its document. */
export async function dmJson(
  cwd: string,
  args: readonly string[],
  options: DmOptions = {},
): Promise<Record<string, unknown>> {
  return succeeded(await dm(cwd, [...args, '--json'], options))
}

/** As `dm --json`, for a run that must fail with this exit code and error code; its document. */
export async function dmFailure(
  cwd: string,
  args: readonly string[],
  expected: Expected,
  options: DmOptions = {},
): Promise<Failed> {
  return failed(await dm(cwd, [...args, '--json'], options), expected)
}

/** The document of a run that must have succeeded. */
export function succeeded(run: DmRun): Record<string, unknown> {
  if (run.exit !== 0) throw new Error(`dm ended with ${run.exit}: ${run.stderr}`)
  return run.json()
}

export interface Expected {
  readonly exit: number
  readonly code: string
}

export interface Failed {
  readonly message: string
  readonly hint: string
  readonly document: Record<string, unknown>
}

/** What a run said that must have failed with this exit code and error code. */
export function failed(run: DmRun, expected: Expected): Failed {
  const document = run.json()
  const error = document['error'] as { code: string; message: string; hint: string } | undefined
  if (run.exit !== expected.exit || error?.code !== expected.code || document['ok'] !== false) {
    throw new Error(
      `expected ${expected.code} and ${expected.exit}, not ${error?.code} and ${run.exit}: ${run.stderr}`,
    )
  }
  if (error.message === '' || error.hint === '') throw new Error('the error says nothing')
  return { message: error.message, hint: error.hint, document }
}

/** The one JSON document that stdout must be. */
export function parseDocument(stdout: string, stderr: string): Record<string, unknown> {
  const lines = stdout.split('\n')
  if (lines.length !== 2 || lines[1] !== '') {
    throw new Error(`not one line of JSON on stdout: ${stdout}\n${stderr}`)
  }
  return JSON.parse(stdout) as Record<string, unknown>
}
