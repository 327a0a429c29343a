import type { Environment } from '../config/define-config.ts'

/** What the command line reads from and writes to. */
export interface Io {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: Environment
  /** Absolute path of the current folder. */
  readonly cwd: string
}
