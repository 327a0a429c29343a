import { hasThreads } from '../diff/run-in-worker.ts'
import { DmError } from '../errors/dm-error.ts'
import type { Catalog } from '../graph/operation.ts'
import { main } from './main.ts'
import { createOutput, type Io } from './output.ts'
import { signalExits } from './signals.ts'

/**
 * Runs dm for this process: its arguments, environment and streams; ends it with its exit code,
 * whatever a config still keeps open.
 */
export async function runProcess(catalog: Catalog): Promise<never> {
  const { stdin, stderr, env } = process
  const stdout = claimStdout()
  const exit = claimExit()
  const broken = new Promise<never>((_, reject) => {
    // Nothing is left to wait for, and yet the run has not ended: it never will.
    process.once('beforeExit', () => reject(new DmError('DM_STALLED', {})))
    // What is thrown where nobody waits for it, as in a timer of a config.
    process.on('uncaughtException', reject)
  })
  const io = { stdin, stdout: stdout.stream, stderr, env, cwd: process.cwd(), exit }
  // Progress that cannot be shown stops nothing.
  stderr.on('error', () => {})
  const code = await main(process.argv.slice(2), io, catalog, broken)
  const lost = await stdout.end()
  // A run that failed has said why.
  if (lost !== null && code === 0) {
    const globals = { json: false, verbose: false, quiet: false }
    const error = new DmError('DM_OUTPUT_LOST', { reason: lost.message }, { cause: lost })
    createOutput(globals, io, (text) => text).failure(null, error)
  }
  await new Promise<void>((resolve) => stderr.write('', () => resolve()))
  return exit(lost === null ? code : code || 1)
}

/**
 * Keeps the end of the process for dm: a config or a step would end it with 0, and nothing said.
 *
 * Of an interrupted run it is that of a process that the signal has killed, where a thread is not gone yet: node
 * would wait for it, for as long as a call of SQLite takes. A shell tells both as the same code.
 */
function claimExit(): (code: number) => never {
  const exit = process.exit.bind(process)
  process.exit = () => {
    throw new Error('process.exit() is for dm alone; throw an error instead')
  }
  return (code) => {
    const signal = hasThreads() ? nameOfExit(code) : undefined
    if (signal !== undefined) {
      process.emit('exit', code)
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    }
    return exit(code)
  }
}

function nameOfExit(code: number): keyof typeof signalExits | undefined {
  if (code === signalExits.SIGINT) return 'SIGINT'
  return code === signalExits.SIGTERM ? 'SIGTERM' : undefined
}

/**
 * Takes stdout for dm's own results: what else writes there, such as a config, gets stderr.
 *
 * `end` waits until all is written and returns why that was impossible, or null. A reader that went
 * away (`dm list | head -1`) had enough.
 */
function claimStdout(): { stream: Io['stdout']; end: () => Promise<Error | null> } {
  const { stdout, stderr } = process
  const write = stdout.write.bind(stdout)
  let lost: Error | null = null
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost ??= error
  })
  stdout.write = ((...args: Parameters<typeof write>) => stderr.write(...args)) as typeof write
  return {
    stream: {
      write: (text) => write(text),
      send: (bytes) =>
        new Promise((resolve, reject) => {
          write(bytes, (error) => (error == null ? resolve() : reject(error)))
        }),
      isTTY: stdout.isTTY,
      // A terminal may become narrower while the menu is open.
      get columns() {
        return stdout.columns
      },
    },
    end: async () => {
      await new Promise<void>((resolve) => write('', () => resolve()))
      return lost
    },
  }
}
