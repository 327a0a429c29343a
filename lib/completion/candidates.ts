import type { Project } from '../config/open-project.ts'
import { namesOf, takesValue } from '../graph/flags.ts'
import type { Argument, Catalog, Option } from '../graph/operation.ts'
import { type Candidate, findValues } from './values.ts'

/** What a command line has before the cursor. */
export interface Typed {
  /** The words after the program, without the one at the cursor. */
  readonly words: readonly string[]
  /** What is there of the word at the cursor. */
  readonly current: string
  /** The command among the words, as the parser finds it. */
  readonly command: string | undefined
}

export interface Surroundings {
  readonly catalog: Catalog
  /** The options of every command. */
  readonly globals: readonly Pick<Option, 'flags' | 'description'>[]
  /** Opens the data repository that the words mean; asked for only where its content is needed. */
  readonly project: () => Promise<Project>
}

/** What fits at the cursor; `'files'`: the path of a file. */
export type Completion = readonly Candidate[] | 'files'

type Switch = Pick<Option, 'flags' | 'description' | 'choices' | 'kind' | 'repeatable'>

/** @throws what opening and reading the data repository throws */
export async function findCandidates(typed: Typed, around: Surroundings): Promise<Completion> {
  const { words, current } = typed
  const { catalog, globals } = around
  const operation = typed.command === undefined ? undefined : await catalog.find(typed.command)
  const isHelp = typed.command === 'help'
  if (typed.command !== undefined && operation === undefined && !isHelp) return []
  const switches: readonly Switch[] = [...(operation?.options ?? []), ...globals, help]
  const { positional, open, used, ended } = readWords(words, switches)
  // The first is the command itself.
  const given = positional.slice(1)
  const wanted = operation?.arguments[given.length]
  const item = given[operation?.arguments.findIndex(({ kind }) => isDataset(kind)) ?? -1]
  const valuesOf = (what: Argument | Switch, start: string): Promise<Completion> =>
    findFitting(what, { start, item, around })
  if (open !== undefined) return valuesOf(open, current)
  const assigned = ended ? null : /^(--[\w-]+)=(.*)$/s.exec(current)
  if (assigned !== null) {
    const [, name = '', start = ''] = assigned
    const found = switches.find((one) => namesOf(one).includes(name))
    const values = found === undefined || !takesValue(found) ? [] : await valuesOf(found, start)
    if (values === 'files') return values
    return values.map(({ value, description }) => ({ value: `${name}=${value}`, description }))
  }
  if (current.startsWith('-') && !ended) {
    const own = operation === undefined ? [...switches, version] : switches
    return fitting(
      own
        .filter((one) => one.repeatable === true || !used.has(one))
        .map((one) => ({ value: namesOf(one).at(-1) ?? '', description: one.description })),
      current,
    )
  }
  if (typed.command === undefined || (isHelp && given.length === 0)) {
    return fitting(await commandsOf(catalog), current)
  }
  return wanted === undefined ? [] : valuesOf(wanted, current)
}

const help: Switch = { flags: '-h, --help', description: 'print help' }
const version: Switch = { flags: '--version', description: 'print the version' }

function isDataset(kind: Argument['kind']): boolean {
  return kind === 'dataset' || kind === 'new-dataset' || kind === 'item'
}

/** What the words before the cursor have taken. */
function readWords(
  words: readonly string[],
  switches: readonly Switch[],
): {
  readonly positional: readonly string[]
  /** The option whose value is at the cursor. */
  readonly open: Switch | undefined
  readonly used: ReadonlySet<Switch>
  /** Whether a `--` says that no more options come. */
  readonly ended: boolean
} {
  const positional: string[] = []
  const used = new Set<Switch>()
  let open: Switch | undefined
  let ended = false
  for (const word of words) {
    if (open !== undefined) open = undefined
    else if (ended || !word.startsWith('-') || word === '-') positional.push(word)
    else if (word === '--') ended = true
    else {
      const [name] = word.split('=')
      const found = switches.find((one) => namesOf(one).includes(name ?? ''))
      if (found === undefined) continue
      used.add(found)
      if (takesValue(found) && !word.includes('=')) open = found
    }
  }
  return { positional, open, used, ended }
}

async function findFitting(
  what: Argument | Switch,
  {
    start,
    item,
    around,
  }: { readonly start: string; readonly item: string | undefined; readonly around: Surroundings },
): Promise<Completion> {
  const { choices, kind } = what
  if (choices !== undefined) {
    return fitting(
      choices.map((value) => ({ value, description: what.description })),
      start,
    )
  }
  if (kind === 'command') return fitting(await commandsOf(around.catalog), start)
  if (kind === 'file' || ('flags' in what && /<(?:path|file|dir)>/.test(what.flags))) return 'files'
  if (kind === undefined) return []
  return fitting(await findValues(await around.project(), kind, { typed: start, item }), start)
}

async function commandsOf(catalog: Catalog): Promise<Candidate[]> {
  const all = await catalog.all()
  return [...all, { name: 'help', summary: 'Print the help of a command' }].map((one) => ({
    value: one.name,
    description: one.summary,
  }))
}

/** Those that begin with what is typed; none that would be taken for an option, and none twice. */
function fitting(candidates: readonly Candidate[], start: string): Candidate[] {
  const found = candidates.filter(
    ({ value }) => value.startsWith(start) && (start.startsWith('-') || !value.startsWith('-')),
  )
  return [...new Map(found.map((one) => [one.value, one])).values()]
}
