import { randomBytes } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import type { Environment } from '../config/define-config.ts'
import { cutMarkdown } from '../format/cut-markdown.ts'
import { printable } from '../format/text.ts'

/** Something that GitHub shows at a line of a file, or beside the run. */
export interface Annotation {
  readonly kind: 'error' | 'notice'
  readonly title: string
  readonly message: string
  /** From git's root. */
  readonly file?: string | undefined
  readonly line?: number | undefined
}

/** What GitHub Actions makes of the output. */
export interface Actions {
  /** What follows is folded, until `unfold`; what it prints is never taken for commands. */
  readonly fold: (title: string) => void
  readonly unfold: () => void
  /** Ends it all: annotations, the first of each kind, and the summary of the job. */
  readonly end: (annotations: readonly Annotation[], summary: string | null) => Promise<void>
}

/** GitHub shows no more of a kind for one step. */
const MOST = 10
/** Of a summary, GitHub takes 1 MiB for a step. */
const MAX_SUMMARY = 1_000_000

/**
 * Null outside of GitHub Actions.
 *
 * Whatever is printed there may be a command to the runner, also what comes out of a manifest or a
 * database: so commands are stopped while anything else is printed, with a word that nobody can know.
 *
 * @param write to the log
 * @param redact hides what is secret
 */
export function createActions(
  env: Environment,
  write: (text: string) => void,
  redact: (text: string) => string,
): Actions | null {
  if (env['GITHUB_ACTIONS'] !== 'true') return null
  const word = randomBytes(16).toString('hex')
  const stop = `::stop-commands::${word}\n`
  const resume = `::${word}::\n`
  let isStopped = false
  let isFolded = false
  const command = (text: string): string => `${isStopped ? resume : ''}${text}`
  const unfold = (): void => {
    if (!isFolded) return
    write(`${command('::endgroup::\n')}${stop}`)
    isFolded = false
  }
  return {
    fold(title) {
      write(`${command(`::group::${escapeData(title)}\n`)}${stop}`)
      isStopped = true
      isFolded = true
    },
    unfold,
    async end(annotations, summary) {
      unfold()
      const lines = (['error', 'notice'] as const).flatMap((kind) => {
        const own = annotations.filter((one) => one.kind === kind)
        const shown = own.length > MOST ? own.slice(0, MOST - 1) : own
        const more = own.length - shown.length
        const rest = { kind, title: 'dm', message: `and ${more} more: see the log` } as const
        return [...shown, ...(more > 0 ? [rest] : [])].map((one) => toCommand(one, redact))
      })
      write(command(lines.map((line) => `${line}\n`).join('')))
      isStopped = false
      const file = env['GITHUB_STEP_SUMMARY']
      if (!file || summary === null || summary === '') return
      const text = redact(summary)
      // No character has more than 4 bytes.
      const isLong = Buffer.byteLength(text) > MAX_SUMMARY
      const shown = isLong ? cutMarkdown(text, MAX_SUMMARY / 4) : text
      // It is for people to read; that it cannot be written changes no result.
      await appendFile(file, `${shown}\n`).catch(() => undefined)
    },
  }
}

function toCommand(
  { kind, title, message, file, line }: Annotation,
  redact: (text: string) => string,
): string {
  const properties = Object.entries({ file, line, title })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(printable(redact(String(value))))}`)
  return `::${kind} ${properties.join(',')}::${escapeData(printable(redact(message)))}`
}

/** https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
