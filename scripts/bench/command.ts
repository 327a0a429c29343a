/** A program as a user would start it. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd?: string | undefined
  readonly env: Readonly<Record<string, string>>
}

/** A command line for bash, for what needs a pipe; it fails where any part of the pipe fails. */
export function shell(line: string, env: Readonly<Record<string, string>>): Command {
  return { program: 'bash', args: ['-o', 'pipefail', '-c', line], env }
}
