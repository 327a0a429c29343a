import { Argument as CommanderArgument, Command, Option as CommanderOption } from 'commander'
import { namesOf } from '../graph/flags.ts'
import {
  commandGroups,
  type Argument,
  type Command as DmCommand,
  type Operation,
  type Option,
} from '../graph/operation.ts'

/** The options that every command takes. */
export interface Globals {
  readonly cwd?: string
  readonly config?: string
  readonly yes: boolean
  readonly json: boolean
  readonly dryRun: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** Their flags and descriptions, in the order of the help. */
export const globalOptions: readonly (readonly [flags: string, description: string])[] = [
  ['-C, --cwd <dir>', 'act in that data repository'],
  ['--config <file>', 'use this config instead of searching'],
  ['-y, --yes', 'ask nothing; take the defaults'],
  ['--json', 'print exactly one JSON document on stdout'],
  ['--dry-run', 'change nothing, say what would change'],
  ['-q, --quiet', 'no progress'],
  ['-v, --verbose', 'more detail, with the causes of errors'],
]

/** The values of the global options, given before the command, after it, or both. */
export function toGlobals(options: Readonly<Record<string, unknown>>): Globals {
  const text = (name: string): object => {
    const value = options[name]
    return typeof value === 'string' ? { [name]: value } : {}
  }
  const flag = (name: string): boolean => options[name] === true
  return {
    ...text('cwd'),
    ...text('config'),
    yes: flag('yes'),
    json: flag('json'),
    dryRun: flag('dryRun'),
    quiet: flag('quiet'),
    verbose: flag('verbose'),
  }
}

/** What a parsed command line asks for. */
export interface Invocation<Wanted extends DmCommand = Operation> {
  readonly operation: Wanted
  /** The facts from the arguments and options of the command. */
  readonly input: Readonly<Record<string, unknown>>
  readonly globals: Globals
  /** Whether its progress is only for who waits, and goes from the screen in the end. */
  readonly passing?: boolean
}

/**
 * The parser for these operations; `onCommand` is called with what was asked for.
 *
 * It neither prints nor exits by itself: it throws commander's `CommanderError`, whose message is
 * help, the version or a usage problem.
 */
export function buildProgram<Known extends DmCommand>(
  operations: readonly Known[],
  version: string,
  output: { readonly write: (text: string) => void; readonly columns?: number },
  onCommand: (invocation: Invocation<Known>) => void,
): Command {
  const program = withGlobals(new Command('dm').configureHelp(helpStyle))
    .description('Versioned, reviewable, safe release of large SQLite databases.')
    .usage('[options] <command>')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\n${firstSteps}`)
    .enablePositionalOptions()
    .commandsGroup('Set-up:')
    .helpCommand('help [command]', 'Print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: output.write,
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => output.columns ?? 80,
    })
  for (const group of commandGroups) {
    for (const operation of operations.filter((one) => one.group === group)) {
      addCommand(program, operation, onCommand)
    }
  }
  return program
}

const firstSteps = `To begin: dm init, then dm prepare. dm alone opens a menu.
Every command has its own help: dm <command> --help`

const helpStyle = {
  /** How little room the right column may have before its lines are left to the terminal. */
  minWidthToWrap: 20,
  subcommandTerm: (command: Command): string =>
    [command.name(), ...command.registeredArguments.map(termOf)].join(' '),
}

const termOf = (argument: CommanderArgument): string =>
  argument.required ? `<${argument.name()}>` : `[${argument.name()}]`

function addCommand<Known extends DmCommand>(
  program: Command,
  operation: Known,
  onCommand: (invocation: Invocation<Known>) => void,
): void {
  const command = program
    .command(operation.name)
    .aliases([...operation.aliases])
    .summary(operation.summary)
    .description(`${operation.summary}.`)
    .helpGroup(`${operation.group}:`)
    .addHelpText(
      'after',
      `\nExamples:\n${operation.examples.map((line) => `  $ ${line}`).join('\n')}`,
    )
    .allowExcessArguments(false)
  for (const argument of operation.arguments) {
    command.addArgument(toArgument(argument))
  }
  const options = operation.options.map((option) => ({ option, parser: toParser(option) }))
  for (const { parser } of options) command.addOption(parser)
  withGlobals(command.optionsGroup('Options of every command:'), operation)
    .helpOption('-h, --help', 'print this help')
    .action((...all: unknown[]) => {
      const values = command.opts()
      const facts: Record<string, unknown> = {}
      operation.arguments.forEach(({ fact }, index) => (facts[fact] = all[index]))
      for (const { option, parser } of options) {
        const given: unknown = values[parser.attributeName()] ?? option.byDefault
        // commander makes an empty text of what a parser leaves out.
        const value = option.parse !== undefined && given === '' ? undefined : given
        facts[option.fact] = option.repeatable === true ? (value ?? []) : value
      }
      onCommand({
        operation,
        input: facts,
        globals: toGlobals({ ...program.opts(), ...values }),
      })
    })
}

function toArgument({ name, description, optional, choices }: Argument): CommanderArgument {
  const parser = new CommanderArgument(optional === true ? `[${name}]` : `<${name}>`, description)
  return choices === undefined ? parser : parser.choices(choices)
}

function toParser(option: Option): CommanderOption {
  const parser = new CommanderOption(option.flags, option.description)
  const { parse, repeatable, choices, byDefault } = option
  if (choices !== undefined) parser.choices(choices)
  // A switch that is off says nothing in the help.
  if (byDefault !== undefined && byDefault !== false) parser.default(byDefault)
  if (repeatable === true) {
    parser.argParser((text: string, before: unknown) => [
      ...((before as unknown[] | undefined) ?? []),
      text,
    ])
  } else if (parse !== undefined) {
    parser.argParser((text: string) => parse(text))
  }
  return parser
}

function withGlobals(command: Command, operation?: DmCommand): Command {
  const taken = new Set(operation?.options.flatMap(namesOf))
  for (const [flags, description] of globalOptions) {
    if (namesOf({ flags }).every((name) => !taken.has(name))) command.option(flags, description)
  }
  return command
}

/** Options whose value is the next word; short ones may be combined, as in `-qC`. */
const withValue = /^(?:--cwd|--config|-[a-zA-Z]*C)$/

/** The command that is named on a command line, before anything is parsed; undefined: none. */
export function findCommandName(argv: readonly string[]): string | undefined {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]
    if (word === undefined) return undefined
    if (withValue.test(word)) index++
    else if (word === '--') return argv[index + 1]
    else if (!word.startsWith('-')) return word
  }
  return undefined
}
