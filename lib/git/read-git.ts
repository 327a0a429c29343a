import { DmError } from '../errors/dm-error.ts'
import { isOlder } from '../format/units.ts'
import { type GitOptions, type GitPlace, runGit, startGit, type GitOutcome } from './run-git.ts'

/**
 * Runs one git command that must succeed.
 *
 * Returns its stdout. Throws DM_GIT_FAILED with git's words on any other exit code than 0,
 * DM_GIT_TOO_OLD where git does not know an option.
 */
export async function readGit(
  place: GitPlace,
  args: readonly string[],
  options: GitOptions = {},
): Promise<Buffer> {
  const { code, stdout, stderr } = await runGit(place, args, options)
  if (code === 0) return stdout
  throw await gitFailure(place, args[0] ?? '', { code, stderr })
}

/** As `readGit`, as text without the newline at its end. */
export async function readGitText(
  place: GitPlace,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  const output = await readGit(place, args, options)
  return output.toString().replace(/\n$/, '')
}

/**
 * What git prints, some lines at a time, as they come; ends git where nobody reads on.
 *
 * @param options.end what a line ends with
 */
export async function* gitLines(
  place: GitPlace,
  args: readonly string[],
  { input, end: lineEnd = '\n', ...options }: GitOptions & { end?: '\n' | '\0' } = {},
): AsyncGenerator<readonly string[]> {
  const { stdin, stdout, end, stop } = startGit(place, args, options)
  stdin.end(input)
  try {
    let rest = ''
    stdout.setEncoding('utf8')
    for await (const chunk of stdout as AsyncIterable<string>) {
      const lines = (rest + chunk).split(lineEnd)
      rest = lines.pop() ?? ''
      if (lines.length > 0) yield lines
    }
    const { code, stderr } = await end
    if (code !== 0) throw await gitFailure(place, args[0] ?? '', { code, stderr })
  } finally {
    stop()
  }
}

/** All options used are in this version: `rev-list --no-commit-header` came last. */
const oldest = '2.33'

/** git's exit code for a command line that it does not understand. */
const usageCode = 129

/**
 * The catalogue's failure for a git command that failed; where git does not know an option, its
 * version is the cause. Asked only then: every command would pay for it.
 *
 * @param command git's subcommand
 */
export async function gitFailure(
  place: GitPlace,
  command: string,
  { code, stderr }: Pick<GitOutcome, 'code' | 'stderr'>,
): Promise<DmError> {
  if (code === usageCode) {
    const { stdout } = await runGit(place, ['version'])
    const version = /\d+\.\d+\S*/.exec(stdout.toString())?.[0]
    if (version !== undefined && isOlder(version, oldest)) {
      return new DmError('DM_GIT_TOO_OLD', { version })
    }
  }
  return new DmError('DM_GIT_FAILED', { command, detail: stderr })
}
