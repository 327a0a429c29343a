import { isDmError } from '../../errors/dm-error.ts'
import { printableLine } from '../../format/text.ts'
import type { Facts } from '../../graph/facts.ts'
import { stepsOf } from '../../graph/nodes.ts'
import {
  type Catalog,
  graphOf,
  type Operation,
  type Question,
  type Questions,
} from '../../graph/operation.ts'
import type { Io, Output } from '../output.ts'
import type { Globals, Invocation } from '../program.ts'
import { begin, runOperation } from '../run-operation.ts'
import { signalExits } from '../signals.ts'
import { type Answers, flagOf, parseWords, toShell, toWords } from './command-line.ts'
import type { Guidance } from './ask-part.ts'
import { back, type Back, type Choices, Left, type Prompts } from './prompts.ts'
import type { Outcome } from './walk.ts'

/** Between the prompts, Ctrl+C ends the process: nothing is begun there. */
const never = new AbortController().signal

const none: Questions = { list: [], accept: () => ({}) }

/** What a menu runs operations with. */
export interface Workshop extends Guidance {
  readonly catalog: Catalog
  readonly io: Io
  readonly globals: Globals
  readonly output: Output
  /** What was answered to the operation's own questions, also where somebody went back behind them. */
  readonly given: Map<string, string>
}

/**
 * Runs an operation with what was answered: asks what the operation itself asks, shows what would
 * happen, and does it if that is wanted. Tells the command line that does the same.
 *
 * @returns `back` where another answer is wanted
 * @throws Left
 */
export async function perform(
  operation: Operation,
  answers: Answers,
  workshop: Workshop,
): Promise<Outcome> {
  const { io, globals, prompts, output } = workshop
  while (true) {
    try {
      const invocation = parseWords(operation, toWords(operation, answers, globals))
      const beginning = await begin(invocation, io, () => {})
      const view = { dryRun: globals.dryRun, signal: never }
      const questions = (await beginning.questions?.(view)) ?? none
      if (questions.intro !== undefined) prompts.screen.print(`\n${questions.intro}`)
      return await answer(questions, workshop, [], async (texts) => {
        const facts = questions.accept(texts)
        const all = withFacts(operation, answers, facts)
        // Somebody who leaves a question out here would be asked again there.
        const yes = texts.includes('')
        const words = toWords(operation, all, { ...globals, yes })
        return attempt({ words, facts, isSeen: questions.intro !== undefined }, operation, workshop)
      })
    } catch (error) {
      if (!isDmError(error)) throw error
      prompts.screen.print('')
      output.failure(operation.name, error)
      const next = await askWhatNext(prompts, false)
      if (next !== 'again') return next
    }
  }
}

/** What is to be run. */
interface Task {
  readonly words: readonly string[]
  /** What the questions of the operation have made. */
  readonly facts: Partial<Facts>
  /** Whether they have shown what would happen, and were answered to have it. */
  readonly isSeen: boolean
}

/** Shows what a command line would do, and does it if that is wanted; again, if that is. */
async function attempt(
  { words, facts, isSeen }: Task,
  operation: Operation,
  workshop: Workshop,
): Promise<Outcome> {
  const { catalog, io, globals, prompts } = workshop
  const parsed = parseWords(operation, words)
  const invocation = { ...parsed, input: { ...parsed.input, ...facts } }
  const run = async (dryRun: boolean): Promise<boolean> => {
    // All was asked.
    const settings = { ...invocation.globals, yes: true, dryRun }
    const silently = { ...invocation, globals: settings, passing: dryRun }
    const exit = await runOperation(silently, catalog, io)
    if (Object.values<number>(signalExits).includes(exit)) throw new Left(exit)
    return exit === 0
  }
  let next: Outcome | 'again' = 'again'
  while (next === 'again') {
    prompts.screen.print('')
    const isShown = globals.dryRun || (!isSeen && (await changesThings(invocation, workshop)))
    let succeeded = !isShown || (await run(true))
    if (succeeded && !globals.dryRun) {
      const wanted = isShown ? await askWhether(prompts) : true
      if (wanted !== true) return wanted
      succeeded = await run(false)
    }
    prompts.screen.copy(`\nThe same as a command:\n  ${printableLine(toShell(words, io.env))}`)
    next = await askWhatNext(prompts, succeeded)
  }
  return next
}

async function askWhether(prompts: Prompts): Promise<true | Outcome> {
  prompts.screen.print('')
  const question = { message: 'Do this now?', initial: false, passing: true }
  const wanted = await prompts.confirm(question)
  if (wanted === back) prompts.screen.recall()
  if (wanted === false) prompts.screen.print('Nothing was changed.\n')
  return wanted === false ? 'done' : wanted
}

/** Whether there is anything in an operation that a dry run would not do. */
async function changesThings(invocation: Invocation, { io, catalog }: Workshop): Promise<boolean> {
  const { operation } = invocation
  const { project } = await begin(invocation, io, () => {})
  const { node } = graphOf(operation, project, catalog.inProject)
  return stepsOf(node).some(({ mutates }) => mutates)
}

/** Asks the questions of an operation, from the one behind the answers that there are. */
async function answer(
  questions: Questions,
  workshop: Pick<Workshop, 'prompts' | 'given'>,
  answers: readonly string[],
  then: (answers: readonly string[]) => Promise<Outcome>,
): Promise<Outcome> {
  const { list, more } = questions
  const isMore = answers.length >= list.length
  const all = isMore ? [...list, ...(more?.(answers.slice(0, list.length)) ?? [])] : list
  const question = all[answers.length]
  if (question === undefined) return then(answers)
  const { prompts, given } = workshop
  while (true) {
    const text = await askOne(question, prompts, given.get(question.text))
    if (text === back) return back
    given.set(question.text, text)
    const outcome = await answer(questions, workshop, [...answers, text], then)
    if (outcome !== back) return outcome
    prompts.screen.retract()
  }
}

async function askOne(
  { text: message, byDefault, choices, optional, problem }: Question,
  prompts: Prompts,
  last: string | undefined,
): Promise<string | Back> {
  if (choices !== undefined) {
    const list = choices.map((choice) => ({ value: choice, label: choice }))
    const initial = last ?? byDefault
    return prompts.select({ message, choices: list, ...(initial === undefined ? {} : { initial }) })
  }
  const otherwise = byDefault ?? (optional ? 'none' : undefined)
  const text = await prompts.input({
    message,
    otherwise,
    initial: last === byDefault ? undefined : last,
    problem: (typed) => (typed === '' && otherwise !== undefined ? null : problem(typed)),
  })
  return text === '' ? (byDefault ?? '') : text
}

/** The answers with what the questions of the operation have made, as words. */
function withFacts(operation: Operation, answers: Answers, facts: Partial<Facts>): Answers {
  const made = Object.entries(facts).flatMap(([fact, value]) => {
    const option = operation.options.find((one) => one.fact === fact)
    if (option === undefined || value === undefined) return []
    const { flag, hasValue } = flagOf(option)
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    const words = hasValue ? values.flatMap((one) => [flag, String(one)]) : [flag]
    return [[option, hasValue || value === true ? words : []] as const]
  })
  return new Map([...answers, ...made])
}

async function askWhatNext(prompts: Prompts, succeeded: boolean): Promise<Outcome | 'again'> {
  prompts.screen.print('')
  const choices: Choices<'again' | 'done' | 'leave' | Back> = [
    ...(succeeded ? [] : [{ value: 'again', label: 'Try again' } as const]),
    ...(succeeded || prompts.screen.answered < 2
      ? []
      : [{ value: back, label: 'Change an answer' } as const]),
    { value: 'done', label: 'Back to the menu' },
    { value: 'leave', label: 'Leave' },
  ]
  const next = await prompts.select({ message: 'And now?', choices, passing: true })
  if (next === 'leave') throw new Left(0)
  // After a success, there is nothing to go back to.
  if (next !== back || succeeded) return next === back ? 'done' : next
  prompts.screen.recall()
  return back
}
