import { createInterface } from 'node:readline/promises'
import { DmError } from '../errors/dm-error.ts'
import { printable, printableLine } from '../format/text.ts'
import type { Question, Questions } from '../graph/operation.ts'
import type { Facts } from '../graph/facts.ts'
import type { Io } from './output.ts'

/**
 * Asks on the terminal, again until each answer is right. The questions go to stderr, so that
 * stdout holds only the result.
 *
 * @param signal ends the asking with the signal's reason
 */
export async function ask(
  questions: Questions,
  io: Io,
  signal: AbortSignal,
): Promise<Partial<Facts>> {
  if (questions.list.length === 0) return questions.accept([])
  if (questions.intro !== undefined) io.stderr.write(`${printable(questions.intro)}\n`)
  const terminal = createInterface({ input: io.stdin, output: io.stderr })
  // The terminal is in raw mode: Ctrl+C comes as a key, and is to be what it is elsewhere.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const askOne = async (question: Question): Promise<string> => {
      const { byDefault, optional } = question
      const suffix = optional ? ' (optional: Enter to leave out)' : ''
      const usual = byDefault === undefined ? suffix : ` (Enter: ${byDefault})`
      for (;;) {
        const text = printableLine(`${question.text}${usual}: `)
        const answer = (await terminal.question(text, { signal })).trim() || (byDefault ?? '')
        const problem = answer === '' && optional ? null : question.problem(answer)
        if (problem === null) return answer
        io.stderr.write(`${printable(problem)}\n`)
      }
    }
    const answers: string[] = []
    for (const question of questions.list) answers.push(await askOne(question))
    for (const question of questions.more?.(answers) ?? []) answers.push(await askOne(question))
    return questions.accept(answers)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error
    const problem = 'The input ended before the question was answered.'
    const hint = 'Answer it, give the value on the command line, or take the defaults with --yes.'
    throw new DmError('DM_USAGE', { problem, hint }, { cause: error })
  } finally {
    terminal.close()
  }
}

/** Whether there is a person to ask. */
export function canAsk({ stdin, stderr }: Io): boolean {
  return stdin.isTTY && stderr.isTTY
}

/** Whether there is a person before a screen that can be redrawn. */
export function canOpenMenu(io: Io): boolean {
  return canAsk(io) && io.stdout.isTTY && io.env['TERM'] !== 'dumb'
}
