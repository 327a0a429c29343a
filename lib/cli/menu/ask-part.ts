import { isDmError } from '../../errors/dm-error.ts'
import type { Argument, Operation, Option } from '../../graph/operation.ts'
import { type Answers, flagOf } from './command-line.ts'
import { findFiles, isFolder } from './files.ts'
import { type Known, newDataset } from './known.ts'
import { back, type Back, type Choice, type Prompts } from './prompts.ts'

/** What there is to ask about, and how. */
export interface Guidance {
  readonly prompts: Prompts
  /** Where relative paths begin, absolute. */
  readonly cwd: string
  /** Read when it is needed first: not every operation names something. */
  readonly known: () => Promise<Known>
}

type Part = Argument | Option

/** One question of a walk. */
export interface Step {
  /** The answers with this one; null: there is nothing to ask. */
  readonly ask: (answers: Answers) => Promise<Answers | Back | null>
}

/** The questions for an argument or an option; who comes back to one finds the answer marked. */
export function stepsFor(part: Part, operation: Operation, guidance: Guidance): Step[] {
  const step = stepOf(part, operation, guidance)
  return part.kind === 'item' ? [step, stepOfVersion(part, guidance)] : [step]
}

function stepOf(part: Part, operation: Operation, guidance: Guidance): Step {
  const asker = askerOf(part, operation, guidance)
  let last: string | undefined
  return {
    ask: async (answers) => {
      const words = await asker(answers, last)
      if (words === back || words === null) return words
      last = words.at(-1)
      return new Map([...answers, [part, words]])
    },
  }
}

/** The question behind the name of an item: which of its versions, or the name alone. */
function stepOfVersion(part: Part, { prompts, known }: Guidance): Step {
  let last: string | undefined
  return {
    ask: async (answers) => {
      const dataset = answers.get(part)?.[0] ?? ''
      const versions = await (await known()).versions(dataset, part.takes)
      const choices = [{ value: '', label: part.otherwise ?? 'no version' }, ...versions]
      const message = 'Which version?'
      const find = (term: string): Choice<string>[] => fitting(choices, term)
      const version = await prompts.search({ message, find, initial: last })
      if (version === back) return back
      last = version
      return new Map([...answers, [part, [version === '' ? dataset : `${dataset}@${version}`]]])
    },
  }
}

type Words = readonly string[]
/** Asks with what was answered last time; the answer as words, none where it is left out. */
type Asker = (answers: Answers, last: string | undefined) => Promise<Words | Back | null>

function askerOf(part: Part, operation: Operation, guidance: Guidance): Asker {
  const { prompts, known, cwd } = guidance
  const message = questionText(part)
  const toWords = (value: string): Words => ('flags' in part ? [flagOf(part).flag, value] : [value])
  const choose = async (
    find: (term: string) => Choice<string>[],
    initial: string | undefined,
    typed?: string,
  ): Promise<Words | Back> => {
    const isEmpty = find('').length === 0
    const orNothing = (term: string): Choice<string>[] => (isEmpty ? [nothing] : find(term))
    const chosen = await prompts.search({ message, find: orNothing, initial, typed })
    return chosen === back ? back : toWords(chosen)
  }
  switch (part.kind) {
    case 'dataset':
    case 'item':
      return async (_, last) => {
        const datasets = (await known()).datasets(part.takes)
        return choose((term) => fitting(datasets, term), last)
      }
    case 'new-dataset':
      return async (_, last) => {
        const there = await known()
        const isNew = !there.datasets().some(({ value }) => value === last)
        return choose((term) => withNew(there, term), last, isNew ? last : undefined)
      }
    case 'version':
      return async (answers, last) => {
        const there = await known()
        const versions = await there.versions(datasetOf(operation, answers), part.takes)
        return choose((term) => fitting(versions, term), last)
      }
    case 'branch':
      return async (_, last) => {
        const { branches } = await known()
        return branches.length === 0 ? null : choose((term) => fitting(branches, term), last)
      }
    case 'bucket':
      return async (answers, last) => {
        const { has, buckets } = await known()
        // The bucket of a dataset never changes.
        if (has(datasetOf(operation, answers)) || buckets.length < 2) return null
        return choose((term) => fitting(buckets, term), last)
      }
    case 'file':
      return async (_, last = '') => {
        const find = (term: string): Promise<Choice<string>[]> => findFiles(cwd, term, new Date())
        const typed = last.slice(0, last.lastIndexOf('/') + 1)
        const question = { message, find, isOpen: isFolder, initial: last, typed }
        const chosen = await prompts.search(question)
        return chosen === back ? back : toWords(chosen)
      }
    default:
      return 'flags' in part && !flagOf(part).hasValue
        ? askForFlag(part, prompts)
        : askForText(part, toWords, prompts)
  }
}

/** Stands in for what is not there: a list that is empty says nothing. */
const nothing: Choice<string> = {
  value: '',
  label: 'nothing yet',
  refused: 'git fetch brings what others have',
}

function askForFlag(option: Option, prompts: Prompts): Asker {
  const { flag } = flagOf(option)
  return async (_, last) => {
    const message = `${flag}: ${option.description}?`
    const answer = await prompts.confirm({ message, initial: last === flag })
    return answer === back ? back : answer ? [flag] : []
  }
}

function askForText(part: Part, toWords: (value: string) => Words, prompts: Prompts): Asker {
  const { choices } = part
  const byDefault = 'flags' in part ? part.byDefault : undefined
  if (choices !== undefined) {
    return async (_, last) => {
      const chosen = await prompts.select({
        message: questionText(part),
        choices: choices.map((choice) => ({ value: choice, label: choice })),
        initial: last ?? String(byDefault),
      })
      return chosen === back ? back : chosen === byDefault ? [] : toWords(chosen)
    }
  }
  const isNeeded = 'flags' in part ? part.question !== undefined : part.optional !== true
  const { otherwise = isNeeded ? undefined : 'none' } = part
  const parse = 'flags' in part ? part.parse : undefined
  return async (_, last) => {
    const answer = await prompts.input({
      message: questionText(part),
      otherwise,
      initial: last,
      problem: (text) => {
        if (text === '') return otherwise === undefined ? 'An answer is needed.' : null
        return parse === undefined ? null : problemOf(() => parse(text))
      },
    })
    if (answer === back) return back
    return answer === '' ? [] : toWords(answer)
  }
}

/** The dataset that an argument before has named. */
function datasetOf(operation: Operation, answers: Answers): string {
  const named = operation.arguments.find(({ kind }) => kind === 'dataset' || kind === 'new-dataset')
  return (named && answers.get(named)?.[0]) ?? ''
}

/** What there is, and the name that was typed where it is another one. */
function withNew(known: Known, term: string): Choice<string>[] {
  const found = fitting(known.datasets(), term)
  const name = term.trim()
  if (name === '') {
    const hint = { value: '', label: 'a new dataset', refused: 'type its name' }
    return [...found, hint]
  }
  const whole = name.includes('.') ? name : `${name}.sqlite`
  const isThere = known.datasets().some(({ value }) => value.toLowerCase() === whole.toLowerCase())
  return isThere ? found : [...found, newDataset(whole)]
}

/** The choices that hold every word of what was typed, ignoring case; those that begin so first. */
function fitting(choices: readonly Choice<string>[], term: string): Choice<string>[] {
  const words = term.toLowerCase().split(/\s+/)
  const found = choices.filter(({ label }) => {
    const text = label.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const begins = ({ label }: Choice<string>): boolean =>
    label.toLowerCase().startsWith(words[0] ?? '')
  return [...found.filter(begins), ...found.filter((choice) => !begins(choice))]
}

function problemOf(call: () => unknown): string | null {
  try {
    call()
    return null
  } catch (error) {
    if (isDmError(error)) return `${error.message} ${error.hint}`
    throw error
  }
}

function questionText({ question, description }: Part): string {
  return question ?? `${description.charAt(0).toUpperCase()}${description.slice(1)}`
}
