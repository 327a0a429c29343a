import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { fold } from '../../../lib/format/text.ts'
import { gitTestEnvironment } from '../../helpers/git-test-environment.ts'

const run = promisify(execFile)
const program = path.join(import.meta.dirname, '../../../lib/cli/bin.cjs')

/** Milliseconds from what is shown to the key, and how long a text is waited for. */
const [reactionTime, patience] = [40, 15_000]

/** A bash on a terminal of tmux, in which `dm` is dm: what a person sees and types there. */
export interface Terminal {
  readonly columns: number
  /** Types keys by their names: `Enter`, `Escape`, `Down`, `C-c`. */
  readonly press: (...keys: string[]) => Promise<void>
  /** Types a text, and then keys. */
  readonly type: (text: string, ...keys: string[]) => Promise<void>
  /**
   * Waits until a text is on the screen, sees that none of its lines is broken inside of a word, and
   * returns the screen.
   */
  readonly see: (text: string) => Promise<string>
  /** The screen as it is; `all`: with what has gone off it; lines that the terminal broke are joined. */
  readonly screen: (all?: boolean) => Promise<string>
  /** Runs a command of the shell from the beginning of an empty screen, to its end: what was shown. */
  readonly shell: (command: string) => Promise<string>
  readonly resize: (columns: number) => Promise<void>
  /** What programs have set the title to. */
  readonly title: () => Promise<string>
}

/**
 * Runs a test on a terminal of its own with 24 lines, and takes it away whatever happens.
 *
 * @throws where tmux is missing: apt-get install tmux
 */
export async function onTmux(
  { cwd, columns }: { cwd: string; columns: number },
  body: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const env = {
    ...gitTestEnvironment,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    PS1: '$ ',
  }
  const server = ['-L', `dm-test-${randomUUID()}`, '-f', '/dev/null', '-u']
  const tmux = async (...args: string[]): Promise<string> =>
    (await run('tmux', [...server, ...args], { env })).stdout
  const press: Terminal['press'] = async (...keys) => {
    for (const key of keys) {
      await sleep(reactionTime)
      await tmux('send-keys', key)
    }
  }
  const type: Terminal['type'] = async (text, ...keys) => {
    await sleep(reactionTime)
    if (text !== '') await tmux('send-keys', '-l', text)
    await press(...keys)
  }
  const screen: Terminal['screen'] = (all = false) =>
    tmux('capture-pane', '-p', '-J', ...(all ? ['-S', '-'] : []))
  const wait = async (isThere: (shown: string) => boolean, what: string): Promise<void> => {
    const end = Date.now() + patience
    while (Date.now() < end) {
      if (isThere(await tmux('capture-pane', '-p'))) return
      await sleep(reactionTime)
    }
    throw new Error(`never shown: ${what}\n${await screen()}`)
  }
  const see: Terminal['see'] = async (text) => {
    await wait((shown) => shown.includes(text), text)
    const shown = await screen()
    assert.equal(shown.split('\n').filter(isBroken), [])
    return shown
  }
  let width = columns
  /** Whether a line is longer than the screen and need not be: a command to copy is in one line. */
  const isBroken = (line: string): boolean => {
    const text = line.trimEnd()
    return (
      !/^(?:\$| {2}(?:dm|git|\|)) /.test(line) && text.length > width && fold(text, width) !== text
    )
  }
  let count = 0
  const shell: Terminal['shell'] = async (command) => {
    const end = `ended-${++count}`
    await type(
      `clear; tmux clear-history; ${command}; echo "${end.replace('-', '""-')} $?"`,
      'Enter',
    )
    await wait((shown) => shown.includes(end), end)
    return (await screen(true)).split('\n').slice(0, -1).join('\n')
  }
  try {
    const size = ['-x', String(columns), '-y', '24']
    await tmux('new-session', '-d', ...size, '-c', cwd, 'bash', '--norc', '--noprofile')
    await wait((shown) => shown.startsWith('$'), 'the prompt')
    await type(`dm() { '${process.execPath}' '${program}' "$@"; }; clear`, 'Enter')
    await body({
      columns,
      press,
      type,
      see,
      screen,
      shell,
      resize: async (to) => {
        width = to
        await tmux('resize-window', '-x', String(to), '-y', '24')
      },
      title: async () => (await tmux('display-message', '-p', '#{pane_title}')).trim(),
    })
  } finally {
    await tmux('kill-server')
  }
}
