import type { FactName, Facts, Given, Need } from './facts.ts'
import { customizeGraph, type Graph } from './graph.ts'
import { verifyGraph } from './verify-graph.ts'
import type { Project } from '../config/open-project.ts'

/** A positional argument: the fact it sets, as the text that was typed. */
export interface Argument {
  /** As in the help, `NAME`. */
  readonly name: string
  readonly fact: FactName
  readonly description: string
  /** May be left out: the fact is then undefined. */
  readonly optional?: boolean
  /** The only values that are accepted. */
  readonly choices?: readonly string[]
}

/** An option: the fact it sets. */
export interface Option {
  /** As in the help: `-m, --message <text>`, `--no-push`. */
  readonly flags: string
  readonly fact: FactName
  readonly description: string
  /** May be given several times; the fact is the list of its values. */
  readonly repeatable?: boolean
  /** Makes the fact from the text; throws a DmError, exit 2, where that is wrong. */
  readonly parse?: (text: string) => unknown
  /** The only values that are accepted. */
  readonly choices?: readonly string[]
  /** The fact where the option is not given; else undefined (for `--no-x`: true). */
  readonly byDefault?: unknown
}

/** What a person on a terminal is asked before the graph runs. */
export interface Question {
  readonly text: string
  /** An empty answer is allowed. */
  readonly optional: boolean
  /** What is wrong with an answer, as a sentence, or null. */
  readonly problem: (answer: string) => string | null
}

/** The questions of an operation, and the facts that their answers make; '' where one was left empty. */
export interface Questions {
  readonly list: readonly Question[]
  readonly accept: (answers: readonly string[]) => Partial<Facts>
}

/** How a run ended: `failed` and `interrupted` leave things undone. */
export type RunOutcome = 'succeeded' | 'failed' | 'interrupted'

/** What a result may depend on besides the facts. */
export interface RunView {
  readonly dryRun: boolean
  readonly outcome: RunOutcome
}

/** What a text for people may depend on besides the result. */
export interface View extends RunView {
  readonly now: Date
  /** Characters per line; Infinity where the output is no terminal. */
  readonly width: number
}

/** How the outcome of an operation is told: to programs as fields, to people as text. */
export interface Report {
  /** The facts it is made from, checked with the graph; `'name?'` is one it can do without. */
  readonly needs: readonly string[]
  /** The fields of the JSON document, from what the run knows at its end. */
  readonly result: (facts: Readonly<Record<string, unknown>>, view: RunView) => object
  /** The text for people, from those fields. */
  readonly text: (result: object, view: View) => string
  /** Whether a failed run shows its result as well. */
  readonly alsoOnFailure: boolean
}

/**
 * Declares a report; its parts agree on the facts and on the type of the result. A report that is
 * shown also on failure is given what is known by then.
 */
export function report<
  const N extends Need,
  Result extends object,
  Failure extends boolean = false,
>(definition: {
  readonly needs: readonly N[]
  readonly result: (
    facts: Failure extends true ? Partial<Given<N>> : Given<N>,
    view: RunView,
  ) => Result
  readonly text: (result: Result, view: View) => string
  readonly alsoOnFailure?: Failure
}): Report {
  const { needs, result, text, alsoOnFailure = false } = definition
  return {
    needs,
    // The run hands over the facts of `needs`, and `text` what `result` has returned.
    result: result as unknown as Report['result'],
    text: text as unknown as Report['text'],
    alsoOnFailure,
  }
}

/** The groups of commands in the help, in this order. */
export const commandGroups = ['Everyday', 'Lifecycle', 'Care', 'Set-up'] as const

/** One command of dm: what it takes, its graph, and how its outcome is told. */
export interface Operation {
  readonly name: string
  readonly aliases: readonly string[]
  /** One line for the list of commands. */
  readonly summary: string
  readonly arguments: readonly Argument[]
  readonly options: readonly Option[]
  /** Where it stands in the help. */
  readonly group: (typeof commandGroups)[number]
  /** Whole command lines for the help. */
  readonly examples: readonly string[]
  /**
   * What to ask on a terminal, given the config and what the command line said. Throws first what
   * can be told at once to be wrong with that: nobody should answer questions for nothing.
   */
  readonly questions?: (project: Project, input: Partial<Facts>) => Promise<Questions>
  readonly graph: Graph
  readonly report: Report
  /** Answers at once from what is at hand: its steps are shown only with `-v`. */
  readonly quick: boolean
  /** Whether stdout is for the data that was asked for; then the result goes to stderr. */
  readonly sendsData?: (input: Partial<Facts>) => boolean
}

type Optional = 'aliases' | 'arguments' | 'options' | 'quick'

/** Declares an operation. */
export function operation(
  definition: Omit<Operation, Optional> & Partial<Pick<Operation, Optional>>,
): Operation {
  return { aliases: [], arguments: [], options: [], quick: false, ...definition }
}

/** The facts that every graph begins with. */
const givenFacts = ['project', 'catalog', 'stdout']

/**
 * An operation's graph as the project's config changes it, checked: it fits what the command line
 * gives, and what the report needs.
 *
 * @param known the names of all operations
 * @throws DM_CONFIG_…, DM_GRAPH_…, exit 2
 */
export function graphOf(
  { graph: original, report: { needs }, arguments: positional, options }: Operation,
  { config, source }: Project,
  known: readonly string[],
): Graph {
  const graph = customizeGraph(original, {
    pipelines: config.pipelines,
    source: source ?? 'The config',
    known,
  })
  const given = [...givenFacts, ...[...positional, ...options].map(({ fact }) => fact)]
  verifyGraph(graph, { given, wanted: needs, original })
  return graph
}

/** All operations, each loaded only when it is asked for. */
export interface Catalog {
  readonly names: readonly string[]
  /** The operation of that name or alias, or undefined. */
  readonly find: (name: string) => Promise<Operation | undefined>
  /** Every operation, in the order of the help. */
  readonly all: () => Promise<readonly Operation[]>
}

type Loaders = Readonly<Record<string, () => Promise<{ default: Operation }>>>

/** @param loaders how to load each operation, by its name */
export function createCatalog(loaders: Loaders): Catalog {
  const all = async (): Promise<Operation[]> =>
    Promise.all(Object.values(loaders).map(async (load) => (await load()).default))
  return {
    names: Object.keys(loaders),
    find: async (name) => {
      const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
      if (load !== undefined) return (await load()).default
      // Only an alias, or a mistake, costs loading them all.
      return (await all()).find(({ aliases }) => aliases.includes(name))
    },
    all,
  }
}
