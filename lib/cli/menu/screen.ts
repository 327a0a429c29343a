import { styleText } from 'node:util'
import truncatedWidth from 'fast-string-truncated-width'
import { fold, printable, printableLine, wrap } from '../../format/text.ts'
import type { Io } from '../output.ts'

/**
 * What the menu writes on its terminal, stderr: the lines of the answers so far, which go again where an
 * answer is taken back, and texts of unknown origin, cut to its width.
 */
export class Screen {
  readonly #io: Io
  readonly #clean: (text: string) => string
  /** The lines of the answers so far. */
  readonly #answers: string[] = []
  /** How many of them are the last lines on the screen. */
  #shown = 0

  /** @param clean hides what is secret in a text */
  constructor(io: Io, clean: (text: string) => string) {
    this.#io = io
    this.#clean = clean
  }

  /** How many answers there are so far. */
  get answered(): number {
    return this.#answers.length
  }

  /** Writes the line of an answer. */
  add(question: string, answer: string): void {
    const line = `${this.style('green', '✔')} ${this.fit(`${question}  ${answer}`)}`
    this.#io.stderr.write(`${line}\n`)
    this.#answers.push(line)
    this.#shown++
  }

  /** Takes the last answer back, and its line off the screen where nothing has been written since. */
  retract(): void {
    this.#answers.pop()
    if (this.#shown === 0) return
    this.#shown--
    this.#io.stderr.write('\u001B[1A\u001B[2K')
  }

  /** Shows the answers so far again, where something has been written since. */
  recall(): void {
    const { length } = this.#answers
    if (this.#shown === length) return
    this.#io.stderr.write(`${this.#answers.join('\n')}\n`)
    this.#shown = length
  }

  /** Begins anew: what was answered so far stays on the screen. */
  forget(): void {
    this.#answers.length = 0
    this.#shown = 0
  }

  /** Writes lines that stay, of unknown origin. */
  print(text: string): void {
    this.copy(fold(printable(this.#clean(text)), this.#io.stderr.columns))
  }

  /** Writes a line that somebody may want to copy: it is not broken, however long it is. */
  copy(text: string): void {
    this.#shown = 0
    this.#io.stderr.write(`${printable(this.#clean(text))}\n`)
  }

  /** A text of unknown origin, in one line of any length. */
  clean(text: string): string {
    return printableLine(this.#clean(text))
  }

  /** A text of unknown origin, in one line that leaves `room` columns. */
  fit(text: string, room = 2): string {
    const line = this.clean(text)
    const limit = Math.max(this.#io.stderr.columns - room - 1, 10)
    const { index, truncated } = truncatedWidth(line, { limit, ellipsis: '…', ellipsisWidth: 1 })
    return truncated ? `${line.slice(0, index)}…` : line
  }

  /** A text of unknown origin in lines; the last leaves `room` columns. */
  wrap(text: string, room: number): string {
    const line = this.clean(text)
    const { columns } = this.#io.stderr
    // The mark in front of a question takes two columns, a space behind it one.
    if (line.length + room + 3 <= columns) return line
    return `${wrap(line, columns - 1, 2)}\n `
  }

  /** A text of unknown origin in lines, so many of them at most, that leave `room` columns. */
  lines(text: string, atMost: number, room = 0): string[] {
    const line = this.clean(text).replaceAll(/ +/g, ' ')
    return wrap(line, this.#io.stderr.columns - room - 1, 0)
      .split('\n')
      .slice(0, atMost)
      .map((one) => this.fit(one, room))
  }

  style(format: Parameters<typeof styleText>[0], text: string): string {
    return styleText(format, text, { stream: this.#io.stderr })
  }
}
