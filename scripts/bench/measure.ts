import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Command } from './command.ts'
import { watchMemory } from './process-tree.ts'

/** What one run of a command took. */
export interface Measured {
  readonly seconds: number
  /** Of the command and all that it has started, together, in bytes. */
  readonly peakBytes: number
  readonly stdout: string
}

/** How long a command that is told to end has for it, in ms. */
const PATIENCE = 10_000

/**
 * Runs a command in a process group of its own and measures it from its start to its end.
 *
 * @throws where it does not succeed; the signal's reason when aborted, after the command has ended
 */
export async function measure(
  { program, args, cwd, env }: Command,
  signal: AbortSignal,
): Promise<Measured> {
  signal.throwIfAborted()
  const began = performance.now()
  const child = spawn(program, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const { pid } = child
  if (pid === undefined) {
    await ended
    throw new Error(`${program} does not start`)
  }
  const memory = watchMemory(pid)
  const end = (): void => {
    killGroup(pid, 'SIGTERM')
    setTimeout(() => killGroup(pid, 'SIGKILL'), PATIENCE).unref()
  }
  signal.addEventListener('abort', end, { once: true })
  try {
    const output = Promise.all([text(child.stdout), text(child.stderr)])
    const [code, killed] = await ended
    const seconds = (performance.now() - began) / 1000
    const peakBytes = memory.stop()
    const [stdout, stderr] = await output
    signal.throwIfAborted()
    if (code === 0) return { seconds, peakBytes, stdout }
    const line = [program, ...args].join(' ')
    throw new Error(`${line} ended with ${code ?? killed}: ${stderr.slice(-2000)}${stdout}`)
  } finally {
    memory.stop()
    signal.removeEventListener('abort', end)
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended.
  }
}
