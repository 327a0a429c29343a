import { gitFailure } from './git-failure.ts'
import { type GitOptions, type GitPlace, runGit, startGit } from './run-git.ts'

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
