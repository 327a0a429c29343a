import { DefaultRenderer, ListrLogger, ProcessOutput, SilentRenderer } from 'listr2'
import type { Display } from '../graph/run-graph.ts'
import type { Globals } from './globals.ts'
import type { Io } from './io.ts'
import { PlainRenderer } from './plain-renderer.ts'

/**
 * How the progress of a run is shown, always on stderr: a live tree on a terminal, plain lines
 * elsewhere, nothing with `--quiet`.
 */
export function chooseDisplay(globals: Globals, io: Io, redact: (text: string) => string): Display {
  if (globals.quiet) return { renderer: SilentRenderer, redact }
  if (isLive(io)) {
    const output = new ProcessOutput(io.stderr, io.stderr)
    const logger = new ListrLogger({ processOutput: output, useIcons: true })
    return {
      renderer: DefaultRenderer,
      redact,
      options: { logger, collapseSkips: true, collapseErrors: false, showErrorMessage: false },
    }
  }
  const write = (line: string): void => void io.stderr.write(`${line}\n`)
  return { renderer: PlainRenderer, options: { write }, redact }
}

/** Whether stderr is a terminal that can redraw lines. */
function isLive({ stderr, env }: Io): boolean {
  return stderr.isTTY && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === ''
}
