import { createInterface } from 'node:readline'
import { confirm, input, search, select, Separator } from '@inquirer/prompts'
import type { Io } from '../output.ts'
import { signalExits, watchSignals } from '../signals.ts'
import type { Screen } from './screen.ts'

/** What a prompt gives for Esc: one step back. */
export const back = Symbol('back')
export type Back = typeof back

/** Thrown where a person leaves the menu; the exit code. */
export class Left extends Error {
  readonly exit: number

  constructor(exit: number) {
    super('The menu was left')
    this.exit = exit
  }
}

/** What can be chosen: its value, its line in the list, and what is said of it while it is marked. */
export interface Choice<Value> {
  readonly value: Value
  readonly label: string
  /** What is said of it, as the rest is, where the label is too long for its line; default: `label`. */
  readonly whole?: string
  readonly detail?: string
  /** Why it cannot be chosen. */
  readonly refused?: string | undefined
  /** What is shown once it is chosen; default: `label`. */
  readonly answer?: string
}

/** A heading between choices. */
export interface Heading {
  readonly heading: string
}

export type Choices<Value> = readonly (Choice<Value> | Heading)[]

interface Shown {
  readonly message: string
  /** Whether it is only for now: no line says what was chosen. */
  readonly passing?: boolean
}

/** Lines of the screen beside choices and what is said of one: the question, a gap, keys, a rest. */
const otherLines = 4
/** Lines of the title, with the one below it. */
const titleLines = 2
/** How many lines are said of a choice. */
const atMostBelow = 3
/** How many lines are said of a wrong answer. */
const atMostWrong = 6

/**
 * The prompts of the menu, on stderr. Each is gone once it is answered, and a line says what was
 * chosen; Esc gives `back`. Texts may be of unknown origin; what is longer than a line is cut.
 *
 * @throws Left, from every prompt, at Ctrl+C, Ctrl+D, a signal, and where the terminal is gone
 */
export class Prompts {
  readonly #io: Io
  readonly screen: Screen

  constructor(io: Io, screen: Screen) {
    this.#io = io
    this.screen = screen
    // Who opens a terminal first says how long an Esc waits for the rest of an arrow key.
    createInterface({ input: io.stdin, terminal: true, escapeCodeTimeout: 50 }).close()
  }

  /** Choose one, with the arrow keys or the first letters. */
  select<Value>(
    question: Shown & {
      readonly choices: Choices<Value>
      readonly initial?: Value
      /** There is nothing to go back to: Esc leaves, and a title stands above. */
      readonly isFirst?: boolean
    },
  ): Promise<Value | Back> {
    const { message, choices, initial, isFirst = false, passing } = question
    const items = this.#toItems(choices)
    const below = items.map((item) => ('description' in item ? (item.description ?? '') : ''))
    const config = {
      message: this.screen.fit(message),
      choices: items,
      ...(initial === undefined ? {} : { default: initial }),
      pageSize: this.#pageSize(Math.max(...below.map(heightOf)) + (isFirst ? titleLines : 0)),
      loop: false,
      theme: this.#theme(`↑↓ move · Enter choose · Esc ${isFirst ? 'or Ctrl+C leave' : 'back'}`),
    }
    const answerOf = (value: Value): string => labelOf(choices, value)
    const prompt = (context: Context): Promise<Value> => select(config, context)
    return this.#ask(message, prompt, passing === true ? null : answerOf)
  }

  /**
   * Choose one of many by typing a part of it; Tab completes.
   *
   * @param question.find the choices for what is typed so far, the best first
   * @param question.isOpen whether a choice is only the beginning of one: it becomes what is typed
   * @param question.initial what is marked first
   * @param question.typed what is typed already
   */
  search<Value>(
    question: Shown & {
      readonly find: (term: string) => Choices<Value> | Promise<Choices<Value>>
      readonly isOpen?: (value: Value) => boolean
      readonly initial?: Value | undefined
      readonly typed?: string | undefined
    },
  ): Promise<Value | Back> {
    const { message, find, isOpen, initial, typed = '' } = question
    let found: Choices<Value> = []
    const config = {
      message: this.screen.fit(message),
      source: async (term = '') => {
        found = await find(term)
        return this.#toItems(found)
      },
      validate: (value: Value) => isOpen?.(value) !== true,
      ...(initial === undefined ? {} : { default: initial }),
      ...(typed === '' ? {} : { initialValue: typed }),
      pageSize: this.#pageSize(atMostBelow + 1),
      theme: this.#theme('Type to search · ↑↓ move · Enter choose · Esc back'),
    }
    const answerOf = (value: Value): string => labelOf(found, value)
    return this.#ask(message, (context) => search<Value>(config, context), answerOf)
  }

  /**
   * @param question.otherwise what an empty answer stands for
   * @param question.problem what is wrong with an answer, as a sentence, or null
   */
  input(
    question: Shown & {
      readonly otherwise?: string | undefined
      readonly initial?: string | undefined
      readonly problem?: (answer: string) => string | null
    },
  ): Promise<string | Back> {
    const { message, otherwise, initial, problem } = question
    const config = {
      message: this.screen.wrap(withHint(message, otherwise), 24),
      ...(initial === undefined ? {} : { default: initial, prefill: 'editable' as const }),
      validate: (answer: string) => {
        const wrong = problem?.(answer.trim()) ?? null
        return wrong === null ? true : this.screen.lines(wrong, atMostWrong, 2).join('\n  ')
      },
    }
    const ask = async (context: Context): Promise<string> => (await input(config, context)).trim()
    return this.#ask(message, ask, (answer) => (answer === '' ? (otherwise ?? '-') : answer))
  }

  confirm(question: Shown & { readonly initial: boolean }): Promise<boolean | Back> {
    const { message, initial, passing } = question
    const config = { message: this.screen.wrap(message, 6), default: initial }
    const answerOf = (answer: boolean): string => (answer ? 'yes' : 'no')
    const prompt = (context: Context): Promise<boolean> => confirm(config, context)
    return this.#ask(message, prompt, passing === true ? null : answerOf)
  }

  #pageSize(below: number): number {
    return Math.max(this.#io.stderr.rows - otherLines - below, 5)
  }

  #toItems<Value>(choices: Choices<Value>): (Separator | Item<Value>)[] {
    return choices.map((choice) => {
      if ('heading' in choice)
        return new Separator(this.screen.style('bold', this.screen.fit(choice.heading)))
      const { value, label, whole: text = label, detail, refused } = choice
      const name = this.screen.fit(label, refused === undefined ? 2 : 6 + refused.length)
      // What is cut in its line is told below while it is marked.
      const whole =
        name.endsWith('…') && refused === undefined ? this.screen.lines(text, atMostBelow) : []
      const below = [
        ...whole,
        ...(detail === undefined ? [] : this.screen.lines(detail, atMostBelow)),
      ]
      return {
        value,
        name,
        ...(below.length === 0 ? {} : { description: below.join('\n') }),
        ...(refused === undefined ? {} : { disabled: this.screen.clean(`(${refused})`) }),
      }
    })
  }

  #theme(keys: string): object {
    const dim = (text: string): string => this.screen.style('dim', text)
    return { style: { keysHelpTip: () => dim(keys), description: dim } }
  }

  async #ask<Value>(
    message: string,
    prompt: (context: Context) => Promise<Value>,
    answerOf: ((value: Value) => string) | null,
  ): Promise<Value | Back> {
    const { stdin, stderr } = this.#io
    const end = new AbortController()
    const pressed = { esc: false }
    const onKey = (_: unknown, key: { readonly name?: string; readonly ctrl?: boolean }): void => {
      if (key.name === 'escape') pressed.esc = true
      else if (key.name !== 'd' || key.ctrl !== true) return
      end.abort()
    }
    const onEnd = (): void => end.abort()
    const watch = watchSignals(onEnd, onEnd)
    stdin.on('keypress', onKey).once('end', onEnd)
    try {
      const context = { input: stdin, output: stderr, signal: end.signal, clearPromptOnDone: true }
      const value = await prompt(context)
      if (answerOf !== null) this.screen.add(message, answerOf(value))
      return value
    } catch (error) {
      const received = watch.received()
      if (received !== null) throw new Left(signalExits[received])
      if (error instanceof Error && error.name === 'ExitPromptError') {
        throw new Left(signalExits.SIGINT)
      }
      if (!end.signal.aborted) throw error
      if (pressed.esc) return back
      throw new Left(0)
    } finally {
      watch.stop()
      stdin.off('keypress', onKey).off('end', onEnd)
    }
  }
}

type Context = NonNullable<Parameters<typeof confirm>[1]>

interface Item<Value> {
  readonly value: Value
  readonly name: string
  readonly description?: string
  readonly disabled?: string
}

function withHint(message: string, otherwise: string | undefined): string {
  if (otherwise !== undefined) return `${message} (Enter: ${otherwise}):`
  return message.endsWith('?') ? message : `${message}:`
}

function heightOf(text: string): number {
  return text === '' ? 0 : text.split('\n').length
}

function labelOf<Value>(choices: Choices<Value>, value: Value): string {
  const choice = choices.find((one) => 'value' in one && one.value === value)
  return choice === undefined || 'heading' in choice ? '' : (choice.answer ?? choice.label)
}
