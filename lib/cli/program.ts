import { Command, Option as CommanderOption } from 'commander'
import type { Operation, Option } from '../operation/operation.ts'
import { globalOptions, type Globals, toGlobals } from './globals.ts'

/** What a parsed command line asks for. */
export interface Invocation {
  readonly operation: Operation
  /** The facts from the arguments and options of the command. */
  readonly input: Readonly<Record<string, unknown>>
  readonly globals: Globals
}

/**
 * The parser for these operations; `onCommand` is called with what was asked for.
 *
 * It neither prints nor exits by itself: it throws commander's `CommanderError`, whose message is
 * help, the version or a usage problem.
 */
export function buildProgram(
  operations: readonly Operation[],
  version: string,
  output: { readonly write: (text: string) => void },
  onCommand: (invocation: Invocation) => void,
): Command {
  const program = withGlobals(new Command('dm'))
    .description('Versioned, reviewable, safe release of large SQLite databases.')
    .usage('[options] <command>')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', '\nEvery command has its own help: dm <command> --help')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: output.write, writeErr: () => {}, outputError: () => {} })
  for (const operation of operations) addCommand(program, operation, onCommand)
  return program
}

function addCommand(
  program: Command,
  operation: Operation,
  onCommand: (invocation: Invocation) => void,
): void {
  const command = withGlobals(program.command(operation.name), operation)
    .aliases([...operation.aliases])
    .summary(operation.summary)
    .description(`${operation.summary}.`)
    .helpOption('-h, --help', 'print this help')
    .addHelpText(
      'after',
      `\nExamples:\n${operation.examples.map((line) => `  $ ${line}`).join('\n')}`,
    )
    .allowExcessArguments(false)
  for (const argument of operation.arguments) {
    command.argument(`<${argument.name}>`, argument.description)
  }
  const options = operation.options.map((option) => ({ option, parser: toParser(option) }))
  for (const { parser } of options) command.addOption(parser)
  command.action((...all: unknown[]) => {
    const values = command.opts()
    const facts: Record<string, unknown> = {}
    operation.arguments.forEach(({ fact }, index) => (facts[fact] = all[index]))
    for (const { option, parser } of options) {
      const value: unknown = values[parser.attributeName()]
      facts[option.fact] = option.repeatable === true ? (value ?? []) : value
    }
    onCommand({
      operation,
      input: facts,
      globals: toGlobals({ ...program.opts(), ...values }),
    })
  })
}

function toParser(option: Option): CommanderOption {
  const parser = new CommanderOption(option.flags, option.description)
  const { parse, repeatable, choices, byDefault } = option
  if (choices !== undefined) parser.choices(choices)
  if (byDefault !== undefined) parser.default(byDefault)
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

function withGlobals(command: Command, operation?: Operation): Command {
  const taken = new Set(operation?.options.flatMap(({ flags }) => flags.match(/--?[\w-]+/g) ?? []))
  for (const [flags, description] of globalOptions) {
    const free = flags.match(/--?[\w-]+/g)?.every((flag) => !taken.has(flag)) ?? true
    if (free) command.option(flags, description)
  }
  return command
}
