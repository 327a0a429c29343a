import { readFile } from 'node:fs/promises'
import { CommanderError } from 'commander'
import { COMPLETE } from '../completion/scripts.ts'
import { DmError } from '../errors/dm-error.ts'
import type { Catalog, Menu, Operation } from '../graph/operation.ts'
import { canOpenMenu } from './ask.ts'
import { createOutput, type Io, createRedactor, widthOf } from './output.ts'
import { buildProgram, findCommandName, type Invocation } from './program.ts'
import { runOperation } from './run-operation.ts'

/**
 * The command line: parses, runs, prints.
 *
 * @param words what follows the program's name
 * @param broken rejects where the run can never end, and with what nobody caught
 * @returns the exit code
 */
export async function main(
  words: readonly string[],
  io: Io,
  catalog: Catalog,
  broken: Promise<never>,
): Promise<number> {
  if (words[0] === COMPLETE) {
    // Loaded only here: no other command needs it.
    const { complete } = await import('./complete.ts')
    return complete(words.slice(1), io, catalog)
  }
  const argv = withMenu(withoutHelpCommand(words), io)
  const globals = {
    json: argv.includes('--json'),
    verbose: argv.some((word) => /^(?:--verbose|-[a-zA-Z]*v)$/.test(word)),
    quiet: false,
  }
  const output = createOutput(globals, io, createRedactor(io.env, []))
  const name = findCommandName(argv)
  const run = async (): Promise<number> => {
    const parsed = await parse(argv, name, io, catalog)
    if (parsed === null) return 0
    const { operation, ...rest } = parsed
    if (operation.graph !== null) return runOperation({ operation, ...rest }, catalog, io)
    // Loaded only here: its prompts are as much code as many a command.
    const { openMenu } = await import('./menu/menu.ts')
    return openMenu(rest.globals, catalog, io)
  }
  try {
    return await Promise.race([run(), broken])
  } catch (error) {
    return output.failure(name ?? null, error)
  }
}

/** `help X` is `X --help`, and `help help` the help of dm. */
function withoutHelpCommand(argv: readonly string[]): readonly string[] {
  if (findCommandName(argv) !== 'help') return argv
  const position = argv.indexOf('help')
  const rest = [...argv.slice(0, position), ...argv.slice(position + 1), '--help']
  return withoutHelpCommand(rest)
}

/** On a terminal, no command is `menu`. */
function withMenu(argv: readonly string[], io: Io): readonly string[] {
  const isOther = (word: string): boolean => /^(?:-h|--help|--version|--json|-y|--yes)$/.test(word)
  if (findCommandName(argv) !== undefined || argv.some(isOther) || !canOpenMenu(io)) return argv
  return [...argv, 'menu']
}

/** What the command line asks for; null where it was help or the version, which is printed. */
async function parse(
  argv: readonly string[],
  name: string | undefined,
  io: Io,
  catalog: Catalog,
): Promise<Invocation<Operation | Menu> | null> {
  const found = name === undefined ? undefined : await catalog.find(name)
  if (name !== undefined && found === undefined) {
    throw new DmError('DM_UNKNOWN_COMMAND', { command: name, known: catalog.names })
  }
  const operations = found === undefined ? await catalog.all() : [found]
  let invocation: Invocation<Operation | Menu> | null = null
  let help = ''
  const program = buildProgram(
    operations,
    await packageVersion(),
    {
      write: (text) => (help += text),
      ...(io.stdout.isTTY ? { columns: widthOf(io.stdout) } : {}),
    },
    (parsed) => (invocation = parsed),
  )
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw toUsageError(error, name, program)
    io.stdout.write(help)
  }
  return invocation
}

function toUsageError(
  error: CommanderError,
  name: string | undefined,
  program: { helpInformation: () => string },
): DmError {
  if (name === undefined) {
    return new DmError('DM_USAGE', {
      problem: 'No command was given.',
      hint: program.helpInformation().trimEnd(),
    })
  }
  // commander writes «error: …» and puts its guess in brackets on a second line.
  const [problem = '', guess] = error.message.replace(/^error: /, '').split('\n')
  const sentence = `${problem.charAt(0).toUpperCase()}${problem.slice(1)}${problem.endsWith('.') ? '' : '.'}`
  const hint = `${guess === undefined ? '' : `${guess.slice(1, -1)} `}See: dm ${name} --help`
  return new DmError('DM_USAGE', { problem: sentence, hint })
}

async function packageVersion(): Promise<string> {
  // One folder up from the bundle, two from the sources.
  const up = import.meta.url.endsWith('.ts') ? '../../package.json' : '../package.json'
  const text = await readFile(new URL(up, import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
