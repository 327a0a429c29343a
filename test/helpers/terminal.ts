import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { gitTestEnvironment } from './git-test-environment.ts'

const program = path.join(import.meta.dirname, '../../lib/cli/bin.cjs')

/** Runs a command on a terminal of its own, which is written to and read through pipes. */
const onTerminal = `
import fcntl, os, pty, select, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 40, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
inputs = [terminal, 0]
while True:
    ready = select.select(inputs, [], [])[0]
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed: os.write(terminal, typed)
        else: inputs.remove(0)
    if terminal in ready:
        try: shown = os.read(terminal, 65536)
        except OSError: break
        if not shown: break
        os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)`

/** Milliseconds from what is shown to the key. */
const reactionTime = 20

/** What to type once a text is shown. */
export type Reply = readonly [shown: string, keys: string]

/** Keys as a terminal sends them. */
export const keys = {
  enter: '\r',
  esc: '\u001B',
  ctrlC: '\u0003',
  ctrlD: '\u0004',
} as const

/** Runs dm on a real terminal; each reply is typed when its text has been shown, in order. */
export function dmOnTerminal(
  cwd: string,
  args: readonly string[],
  replies: readonly Reply[] = [],
  { columns = 80 }: { columns?: number } = {},
): Promise<{ exit: number; shown: string }> {
  const env = { ...gitTestEnvironment, TERM: 'xterm' }
  return runOnTerminal(cwd, [process.execPath, program, ...args], replies, { columns, env })
}

/** Runs a program on a real terminal, in the same way. */
export async function runOnTerminal(
  cwd: string,
  command: readonly string[],
  replies: readonly Reply[],
  { columns = 80, env }: { columns?: number; env: Readonly<Record<string, string>> },
): Promise<{ exit: number; shown: string }> {
  const child = spawn('python3', ['-c', onTerminal, String(columns), ...command], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const open = [...replies]
  let text = ''
  let seen = 0
  let isTyping = false
  const typeNext = async (): Promise<void> => {
    const shown = stripVTControlCharacters(text)
    const [next] = open
    const position = next === undefined ? -1 : shown.indexOf(next[0], seen)
    if (next === undefined || position === -1 || isTyping) return
    seen = position + next[0].length
    open.shift()
    isTyping = true
    // As long as nobody can read it, a screen may still be on its way.
    await sleep(reactionTime)
    child.stdin.write(next[1])
    isTyping = false
    await typeNext()
  }
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    void typeNext()
  })
  // Where it waits for another key than the next one, it waits for ever; its terminal goes with this.
  const deadline = setTimeout(() => child.kill(), 30_000)
  const [exit] = (await once(child, 'close')) as [number]
  clearTimeout(deadline)
  if (open.length > 0) throw new Error(`never shown: ${open[0]?.[0]}\n${text.slice(-3000)}`)
  return { exit, shown: stripVTControlCharacters(text).replaceAll('\r\n', '\n') }
}
