import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** A copy of the project, in which one process at a time tests one mutant at a time. */
export interface Copy {
  readonly folder: string
  /** Temporary files of the tests, which are killed in the middle. */
  readonly temporary: string
}

export interface TestRun {
  readonly outcome: 'passed' | 'failed' | 'timed-out'
  /** How many tests passed. */
  readonly passed: number
  /** The file whose test failed, where one did. */
  readonly failedFile: string | null
  readonly seconds: number
}

export interface RunOptions {
  readonly timeoutSeconds: number
  /** Where V8 writes what ran. */
  readonly coverage?: string
}

const leftOut = new Set(['node_modules', '.git', 'dist', 'coverage', '.mutation'])

/** Copies the project, but for what is made from it; its packages are linked. */
export function makeCopy(root: string, folder: string): Copy {
  const project = path.join(folder, 'project')
  const filter = (source: string): boolean => !leftOut.has(path.relative(root, source))
  cpSync(root, project, { recursive: true, filter })
  symlinkSync(path.join(root, 'node_modules'), path.join(project, 'node_modules'))
  return { folder: project, temporary: path.join(folder, 'tmp') }
}

/** Runs test files in one process, until the first test fails. */
export async function runTests(
  copy: Copy,
  files: readonly string[],
  { timeoutSeconds, coverage }: RunOptions,
): Promise<TestRun> {
  mkdirSync(copy.temporary, { recursive: true })
  const began = performance.now()
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--max-old-space-size=1500',
      path.join(import.meta.dirname, 'run-in-one-process.ts'),
      copy.folder,
      ...files,
    ],
    {
      cwd: copy.folder,
      // A group of its own, so that what the tests have started ends with them.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        TMPDIR: copy.temporary,
        NO_COLOR: '1',
        ...(coverage === undefined
          ? { NODE_COMPILE_CACHE: path.join(copy.folder, '../compiled') }
          : // What comes from the cache of compiled code is counted less exactly.
            { NODE_DISABLE_COMPILE_CACHE: '1', NODE_V8_COVERAGE: coverage }),
      },
    },
  )
  const stop = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
  let timedOut = false
  const timer = globalThis.setTimeout(() => {
    timedOut = true
    stop()
  }, timeoutSeconds * 1000)
  let output = ''
  const read = (chunk: Buffer): void => {
    output += chunk.toString()
    // The rest would only cost time.
    if (output.includes('✘')) stop()
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const closed = new Promise((resolve) => child.once('close', resolve))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearTimeout(timer)
  stop()
  // A git in a session of its own may hold the pipes for longer.
  await Promise.race([closed, setTimeout(500)])
  rmSync(copy.temporary, { recursive: true, force: true })
  const failed = code !== 0 || output.includes('✘')
  return {
    outcome: timedOut ? 'timed-out' : failed ? 'failed' : 'passed',
    passed: sumOf(/^ *Passed: +(\d+)/gm, output),
    failedFile: failed ? lastStarted(output, files) : null,
    seconds: (performance.now() - began) / 1000,
  }
}

function sumOf(pattern: RegExp, output: string): number {
  return [...output.matchAll(pattern)].reduce((sum, [, digits]) => sum + Number(digits), 0)
}

/** uvu prints the name of each file before its tests. */
function lastStarted(output: string, files: readonly string[]): string | null {
  const lines = output.slice(0, output.indexOf('✘') + 1 || undefined).split('\n')
  return files.findLast((file) => lines.includes(file)) ?? files[0] ?? null
}
