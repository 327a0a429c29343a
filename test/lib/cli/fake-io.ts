import { PassThrough, Writable } from 'node:stream'
import type { Io } from '../../../lib/cli/output.ts'

/** Streams in memory, and what was written to them so far. */
export interface FakeIo {
  readonly io: Io
  readonly stdout: () => string
  readonly stderr: () => string
}

/** What dm reads from and writes to, none of it a terminal, with an empty standard input. */
export function fakeIo({
  env = {},
  isTTY = false,
  columns,
  cwd = import.meta.dirname,
}: { env?: Io['env']; isTTY?: boolean; columns?: number; cwd?: string } = {}): FakeIo {
  const [stdout, stderr] = [collect(isTTY, columns), collect(isTTY, columns)]
  const stdin = new PassThrough().end() as unknown as Io['stdin']
  return {
    io: {
      stdin,
      stdout: Object.assign(stdout.stream, { send: async () => {} }),
      stderr: stderr.stream,
      env,
      cwd,
      exit: (code) => {
        throw new Error(`ended with ${code}`)
      },
    },
    stdout: stdout.text,
    stderr: stderr.text,
  }
}

function collect(
  isTTY: boolean,
  columns: number | undefined,
): { stream: Io['stderr']; text: () => string } {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString()
      done()
    },
  })
  // Of a terminal's stream, the code under test uses only what any stream has, and these.
  return {
    stream: Object.assign(stream, { isTTY, columns }) as unknown as Io['stderr'],
    text: () => text,
  }
}
