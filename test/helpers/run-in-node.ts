import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.resolve(import.meta.dirname, '../..')

export interface RunInNodeOptions {
  /** The whole environment; default: that of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** What a POSIX shell does before node takes its place, such as `ulimit -f 8`. */
  readonly setUp?: string
}

/**
 * Runs the text of a module in a node of its own, in the project's folder, so that it can import
 * `./lib/…`: for what would change this process. Returns what it prints.
 */
export async function runInNode(
  source: string,
  { env, setUp = ':' }: RunInNodeOptions = {},
): Promise<string> {
  const node = [process.execPath, '--input-type=module', '--eval', source]
  const { stdout } = await promisify(execFile)(
    '/bin/sh',
    ['-c', `${setUp}; exec "$@"`, 'sh', ...node],
    {
      cwd: root,
      ...(env === undefined ? {} : { env }),
    },
  )
  return stdout
}
