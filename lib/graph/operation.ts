import type { FactName, Facts, Given, Need } from './facts.ts'
import { customizeGraph, type Graph } from './graph.ts'
import { verifyGraph } from './verify-graph.ts'
import type { Environment } from '../config/define-config.ts'
import type { Project } from '../config/open-project.ts'

/**
 * What a value names, where that is something there is: what the menu offers and a shell completes.
 * `new-dataset`: one that there is, or the name of a new one. `item`: `NAME` or `NAME@vN`. `version`:
 * one of the dataset that an argument names. `bucket`: where a new dataset goes. `branch`: one that
 * proposes something.
 */
export type Kind =
  | 'dataset'
  | 'new-dataset'
  | 'item'
  | 'version'
  | 'file'
  | 'bucket'
  | 'branch'
  | 'command'

/**
 * Of which versions an argument or option is one. `published`: one that can be received. `kept`: one
 * of these that is not to be deleted. `open`: one that is pending, proposed or to be deleted.
 */
export type Takes = 'published' | 'kept' | 'open'

/** A positional argument: the fact it sets, as the text that was typed. */
export interface Argument {
  /** As in the help, `NAME`. */
  readonly name: string
  readonly fact: FactName
  readonly description: string
  readonly kind?: Kind
  /** What the menu offers of that kind; default: all. */
  readonly takes?: Takes
  /** What the menu asks for it; default: the description. */
  readonly question?: string
  /** What leaving it out stands for; of an `item`, its version. */
  readonly otherwise?: string
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
  readonly kind?: Kind
  /** What the menu offers of that kind; default: all. */
  readonly takes?: Takes
  /**
   * What the menu always asks for it; null: it asks in another way. By default it asks for it, by the
   * description, only a person who wants more than the usual.
   */
  readonly question?: string | null
  /** What leaving it out stands for; one that has a question and not this is needed. */
  readonly otherwise?: string
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
  /** What an empty answer stands for. */
  readonly byDefault?: string
  /** All answers that are right, where these are few: the menu lists them. */
  readonly choices?: readonly string[]
  /** What is wrong with an answer, as a sentence, or null. */
  readonly problem: (answer: string) => string | null
}

/** The questions of an operation, and the facts that their answers make; '' where one was left empty. */
export interface Questions {
  /** What is to be seen before anything is answered. */
  readonly intro?: string
  readonly list: readonly Question[]
  /** What is to be asked then, depending on the answers to these. */
  readonly more?: (answers: readonly string[]) => readonly Question[]
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

/** What a summary in CI may depend on besides the result. */
export interface SummaryView extends RunView {
  /** Address of the repository's pages; null: there are none. */
  readonly web: string | null
}

/** How the outcome of an operation is told: to programs as fields, to people as text. */
export interface Report {
  /** The facts it is made from, checked with the graph; `'name?'` is one it can do without. */
  readonly needs: readonly string[]
  /** The fields of the JSON document, from what the run knows at its end. */
  readonly result: (facts: Readonly<Record<string, unknown>>, view: RunView) => object
  /** The text for people, from those fields. */
  readonly text: (result: object, view: View) => string
  /** Markdown for the summary of a job in CI, from those fields. */
  readonly markdown?: (result: object, view: SummaryView) => string
  /** Whether a failed run shows its result as well. */
  readonly alsoOnFailure: boolean
  /** Whether its text is to be copied as it is: also a line that is longer than the screen is not broken. */
  readonly isVerbatim: boolean
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
  readonly markdown?: (result: Result, view: SummaryView) => string
  readonly alsoOnFailure?: Failure
  readonly isVerbatim?: boolean
}): Report {
  const { needs, result, text, markdown, alsoOnFailure = false, isVerbatim = false } = definition
  return {
    needs,
    // The run hands over the facts of `needs`, and `text` what `result` has returned.
    result: result as unknown as Report['result'],
    text: text as unknown as Report['text'],
    ...(markdown && { markdown: markdown as unknown as NonNullable<Report['markdown']> }),
    alsoOnFailure,
    isVerbatim,
  }
}

/** The groups of commands in the help, in this order. */
export const commandGroups = ['Everyday', 'Lifecycle', 'Care', 'Set-up'] as const

/** One command of dm, as its help shows it and its command line is read. */
export interface Command {
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
  /** Whether the menu offers it; `first`: where there is no data repository yet. */
  readonly offered: 'always' | 'first' | 'never'
  /** Null: it is the menu, which leads to the others. */
  readonly graph: Graph | null
}

interface Described extends Command {
  readonly graph: Graph
  readonly report: Report
  /** Answers at once from what is at hand: its steps are shown only with `-v`. */
  readonly quick: boolean
  /** Whether stdout is for the data that was asked for; then the result goes to stderr. */
  readonly sendsData?: (input: Partial<Facts>) => boolean
}

/**
 * What to ask on a terminal, given where the run begins and what the command line said. Throws first
 * what can be told at once to be wrong with that: nobody should answer questions for nothing.
 */
type Asking<Beginning> = (
  beginning: Beginning,
  input: Partial<Facts>,
  view: AskingView,
) => Promise<Questions>

/** What the questions may depend on besides. */
export interface AskingView {
  readonly dryRun: boolean
  /** Aborts where the run is interrupted before they are asked. */
  readonly signal: AbortSignal
}

/** It acts in a data repository: its graph begins with the fact `project`. */
interface InProject {
  readonly inProject?: true
  readonly questions?: Asking<Project>
}

/** Where a command was given that needs no data repository. */
export interface Place {
  /** Absolute, without links. */
  readonly folder: string
  /** The environment of the process. Holds secrets. */
  readonly env: Environment
}

/** It needs no data repository: its graph begins with the facts `folder` and `env` instead. */
interface Anywhere {
  readonly inProject: false
  readonly questions?: Asking<Place>
}

/** A command that does something: its graph, and how its outcome is told. */
export type Operation = Described & (InProject | Anywhere)

/** The command that leads to the others. */
export interface Menu extends Command {
  readonly graph: null
}

type Optional = 'aliases' | 'arguments' | 'options' | 'offered' | 'quick'
type Definition = Omit<Described, Optional> & Partial<Pick<Described, Optional>>

/** Declares an operation. */
export function operation(definition: Definition & (InProject | Anywhere)): Operation {
  const usual = {
    aliases: [],
    arguments: [],
    options: [],
    offered: 'always',
    quick: false,
  } as const
  return { ...usual, ...definition }
}

/** Declares the command that leads to the others. */
export function menu(definition: Pick<Command, 'name' | 'group' | 'summary' | 'examples'>): Menu {
  return { aliases: [], arguments: [], options: [], offered: 'never', ...definition, graph: null }
}

/**
 * An operation's graph as the project's config changes it, checked: it fits what the command line
 * gives, and what the report needs. One that needs no data repository is as it is.
 *
 * @param project null: there is none, since the operation needs none
 * @param known the names of the operations that a config can change
 * @throws DM_CONFIG_…, DM_GRAPH_…, exit 2
 */
export function graphOf(
  one: Operation,
  project: Pick<Project, 'config' | 'source'> | null,
  known: readonly string[],
): Graph {
  const { graph: original, report: told, arguments: positional, options } = one
  const graph =
    one.inProject === false || project === null
      ? original
      : customizeGraph(original, {
          pipelines: project.config.pipelines,
          source: project.source ?? 'The config',
          known,
        })
  const beginning = one.inProject === false ? ['folder', 'env'] : ['project']
  const input = [...positional, ...options].map(({ fact }) => fact)
  const given = [...beginning, 'catalog', 'stdout', ...input]
  verifyGraph(graph, { given, wanted: told.needs, original })
  return graph
}

/** All operations, each loaded only when it is asked for. */
export interface Catalog {
  readonly names: readonly string[]
  /** Those of operations that act in a data repository, whose config can change them. */
  readonly inProject: readonly string[]
  /** The operation of that name or alias, or undefined. */
  readonly find: (name: string) => Promise<Operation | Menu | undefined>
  /** Every operation, in the order of the help. */
  readonly all: () => Promise<readonly (Operation | Menu)[]>
}

type Loaders = Readonly<Record<string, () => Promise<{ default: Operation | Menu }>>>

/**
 * @param inProject how to load each operation that acts in a data repository, by its name
 * @param anywhere the same of those that need none
 */
export function createCatalog(inProject: Loaders, anywhere: Loaders): Catalog {
  const loaders: Loaders = { ...inProject, ...anywhere }
  const all = async (): Promise<(Operation | Menu)[]> =>
    Promise.all(Object.values(loaders).map(async (load) => (await load()).default))
  return {
    names: Object.keys(loaders),
    inProject: Object.keys(inProject),
    find: async (name) => {
      const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
      if (load !== undefined) return (await load()).default
      // Only an alias, or a mistake, costs loading them all.
      return (await all()).find(({ aliases }) => aliases.includes(name))
    },
    all,
  }
}
