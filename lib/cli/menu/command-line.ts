import { shellQuote } from '../../format/text.ts'
import { namesOf, takesValue } from '../../graph/flags.ts'
import type { Argument, Operation, Option } from '../../graph/operation.ts'
import { buildProgram, type Globals, type Invocation } from '../program.ts'

/** What was answered so far: the words that the answer is on a command line. */
export type Answers = ReadonlyMap<Argument | Option, readonly string[]>

/** The flag of an option, `--message`, and whether a value follows it. */
export function flagOf(option: Option): { readonly flag: string; readonly hasValue: boolean } {
  const names = namesOf(option)
  const flag = names.find((name) => name.startsWith('--')) ?? names[0] ?? option.flags
  return { flag, hasValue: takesValue(option) }
}

/** The words of the command line that says the same as the answers, without `dm` itself. */
export function toWords(operation: Operation, answers: Answers, globals: Globals): string[] {
  const { cwd, config, dryRun, quiet, verbose, yes } = globals
  const given = operation.arguments.flatMap((argument) => answers.get(argument) ?? [])
  const options = [
    ...operation.options.flatMap((option) => answers.get(option) ?? []),
    ...(yes ? ['--yes'] : []),
  ]
  return [
    ...(cwd === undefined ? [] : ['--cwd', cwd]),
    ...(config === undefined ? [] : ['--config', config]),
    ...(quiet ? ['--quiet'] : []),
    ...(verbose ? ['--verbose'] : []),
    ...(dryRun ? ['--dry-run'] : []),
    operation.name,
    ...(given.some((word) => word.startsWith('-'))
      ? [...options, '--', ...given]
      : [...given, ...options]),
  ]
}

/** What a person would type in a POSIX shell for these words. */
export function toShell(words: readonly string[], env: Readonly<Record<string, unknown>>): string {
  // npm says so where it runs dm: then nothing else may find it.
  const program = env['npm_command'] === undefined ? 'dm' : 'npx dm'
  return [program, ...words.map(shellQuote)].join(' ')
}

/**
 * What dm makes of these words: the same as on the command line.
 *
 * @throws CommanderError, DM_…, exit 2, where they are wrong
 */
export function parseWords(operation: Operation, words: readonly string[]): Invocation {
  const found: Invocation[] = []
  buildProgram([operation], '', { write: () => {} }, (invocation) => {
    found.push(invocation)
  }).parse([...words], { from: 'user' })
  const [invocation] = found
  if (invocation === undefined) throw new Error(`'${words.join(' ')}' is no command`)
  return invocation
}
