import { inspect, styleText } from 'node:util'
import { type DmError, isDmError } from '../errors/dm-error.ts'
import type { Globals } from './globals.ts'
import type { Io } from './io.ts'

/** The one place that writes results and errors. */
export interface Output {
  /** A success: its fields for programs, its text for people. */
  readonly success: (command: string, fields: object, text: () => string) => void
  /** A failure: with `fields` where the command shows its result also then. */
  readonly failure: (command: string | null, error: Error, fields?: object) => void
  /** The text of the result of a run that has failed, on stderr, also with `--quiet`. */
  readonly partial: (text: string) => void
  /** A sentence besides the result, on stderr. */
  readonly note: (sentence: string) => void
}

export function createOutput(
  globals: Pick<Globals, 'json' | 'verbose' | 'quiet'>,
  io: Io,
  redact: (text: string) => string,
): Output {
  const err = (line: string): void => void io.stderr.write(`${redact(line)}\n`)
  const out = (text: string): void => void io.stdout.write(`${redact(text)}\n`)
  const color = (format: Parameters<typeof styleText>[0], text: string): string =>
    styleText(format, text, { stream: io.stderr })
  return {
    success: (command, fields, text) => {
      if (globals.json) return out(JSON.stringify({ ok: true, command, ...fields }))
      const lines = text()
      if (lines !== '') out(lines)
    },
    failure: (command, error, fields = {}) => {
      const { code, message, hint } = describe(error)
      err(`${color('red', 'Error')} ${message} ${color('dim', `[${code}]`)}`)
      err(hint)
      if (globals.verbose) err(inspect(error, { depth: 4 }))
      if (!globals.json) return
      out(JSON.stringify({ ok: false, command, ...fields, error: { code, message, hint } }))
    },
    partial: (text) => {
      if (text !== '') err(text)
    },
    note: (sentence) => {
      if (!globals.quiet) err(sentence)
    },
  }
}

function describe(error: Error): Pick<DmError, 'message' | 'hint'> & { code: string } {
  if (isDmError(error)) return { code: error.code, message: error.message, hint: error.hint }
  return {
    code: 'DM_INTERNAL',
    message: `Something unexpected happened: ${error.message}`,
    hint: 'This is a defect of dm: report it with the output of the same command with -v.',
  }
}
