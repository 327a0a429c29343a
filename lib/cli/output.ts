import { inspect, styleText } from 'node:util'
import type { Environment } from '../config/define-config.ts'
import type { Sink } from '../files/send-file.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { escapeControls, fold, printable, redactUrls } from '../format/text.ts'
import type { Globals } from './program.ts'

/** What the command line reads from and writes to. */
export interface Io {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & {
    readonly write: (text: string) => unknown
    /** Takes bytes as they are; resolves when there is room for more, rejects where there is nobody to take them. */
    readonly send: Sink
  }
  readonly stderr: NodeJS.WriteStream
  readonly env: Environment
  /** Absolute path of the current folder. */
  readonly cwd: string
  /** Ends the process at once. */
  readonly exit: (code: number) => never
}

/** The one place that writes results and errors. */
export interface Output {
  /** A success: its fields for programs, its text for people. */
  readonly success: (command: string, fields: object, text: () => string) => void
  /** A failure: with `fields` where the command shows its result also then. Returns its exit code. */
  readonly failure: (command: string | null, error: unknown, fields?: object) => number
  /** The text of the result of a run that has failed, on stderr, also with `--quiet`. */
  readonly partial: (text: string) => void
  /** A sentence besides the result, on stderr. */
  readonly note: (sentence: string) => void
}

/** @param redact hides what is secret in a text */
export function createOutput(
  globals: Pick<Globals, 'json' | 'verbose' | 'quiet'>,
  io: Io,
  redact: (text: string) => string,
): Output {
  const clean = (text: string): string => printable(redact(text))
  const err = (text: string): void => void io.stderr.write(`${text}\n`)
  const toLines = (text: string): string => fold(clean(text), widthOf(io.stderr))
  const out = (text: string): void => void io.stdout.write(`${text}\n`)
  const color = (format: Parameters<typeof styleText>[0], text: string): string =>
    styleText(format, text, { stream: io.stderr })
  // Values are redacted, never the document: its field names, numbers and quotes stay.
  const toJson = (document: object): string =>
    escapeControls(
      JSON.stringify(document, (_, value: unknown) =>
        typeof value === 'string' ? redact(value) : value,
      ),
    )
  return {
    success: (command, fields, text) => {
      if (globals.json) return out(toJson({ ok: true, command, ...fields }))
      const lines = text()
      if (lines !== '') out(clean(lines))
    },
    failure: (command, thrown, fields = {}) => {
      const error = toDmError(thrown)
      const { code, message, hint, exit } = error
      const lines = toLines(`Error ${message} [${code}]`)
      const [start, end] = ['Error'.length, -`[${code}]`.length]
      err(color('red', 'Error') + lines.slice(start, end) + color('dim', `[${code}]`))
      err(toLines(hint))
      if (globals.verbose) err(clean(inspect(thrown, { depth: 4 })))
      if (globals.json) {
        out(toJson({ ok: false, command, ...fields, error: { code, message, hint } }))
      }
      return exit
    },
    partial: (text) => {
      if (text !== '') err(toLines(text))
    },
    note: (sentence) => {
      if (!globals.quiet) err(toLines(sentence))
    },
  }
}

/** Characters per line; Infinity where a stream is no terminal. */
export function widthOf({ isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): number {
  // A terminal that does not know its width says 0, or nothing.
  return isTTY ? columns || Infinity : Infinity
}

function toDmError(thrown: unknown): DmError {
  if (isDmError(thrown)) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new DmError('DM_INTERNAL', { reason }, { cause: thrown })
}

const secretName = /KEY|SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIAL|(?:^|_)AUTH(?:_(?!SOCK)|$)/i
// Shorter values are words such as "true" or "1": hiding them would garble what is printed.
const shortestSecret = 6

/**
 * What hides every secret of an environment in a text: the values as they are, URL-encoded, and as
 * JSON writes them; and what URLs may carry.
 *
 * @param names further variables that hold secrets: those that a config names as credentials
 */
export function createRedactor(
  env: Environment,
  names: readonly string[],
): (text: string) => string {
  const secrets = Object.entries(env)
    .filter(([name]) => secretName.test(name) || names.includes(name))
    // Settings are trimmed before they are used, and a key of several lines is printed line by line.
    .flatMap(([, value = '']) => [value].concat(value.split('\n').map((line) => line.trim())))
    .filter((value) => value.length >= shortestSecret)
  const forms = new Set(
    secrets.flatMap((value) => [
      value,
      encodeURIComponent(value),
      encodeURI(value),
      JSON.stringify(value).slice(1, -1),
    ]),
  )
  // The longest first: one secret may contain another.
  const ordered = [...forms].toSorted((a, b) => b.length - a.length)
  return (text) => {
    const hidden = ordered.reduce((result, form) => result.replaceAll(form, '[hidden]'), text)
    return redactUrls(hidden)
  }
}
