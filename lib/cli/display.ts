import {
  DefaultRenderer,
  ListrLogger,
  type ListrTaskObject,
  ListrTaskEventType,
  ListrTaskState,
  ProcessOutput,
  SilentRenderer,
} from 'listr2'
import { formatDuration } from '../format/units.ts'
import type { Display } from '../graph/run-graph.ts'
import type { Io } from './output.ts'
import type { Globals } from './program.ts'

/**
 * How the progress of a run is shown, always on stderr: a live tree on a terminal, plain lines
 * elsewhere, nothing with `--quiet`.
 */
export function chooseDisplay(
  globals: Globals,
  io: Io,
  clean: (text: string) => string,
  { passing = false }: { readonly passing?: boolean | undefined } = {},
): Display {
  if (globals.quiet) return { renderer: SilentRenderer, clean }
  if (isLive(io)) {
    const output = new ProcessOutput(io.stderr, io.stderr)
    const logger = new ListrLogger({ processOutput: output, useIcons: true })
    return {
      renderer: DefaultRenderer,
      clean,
      options: {
        logger,
        collapseSkips: true,
        collapseErrors: false,
        showErrorMessage: false,
        clearOutput: passing,
      },
    }
  }
  const write = (line: string): void => void io.stderr.write(`${line}\n`)
  return { renderer: PlainRenderer, options: { write }, clean }
}

/** Whether stderr is a terminal that can redraw lines. */
function isLive({ stderr, env }: Io): boolean {
  return stderr.isTTY && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === ''
}

type Task = ListrTaskObject<unknown, typeof PlainRenderer, typeof PlainRenderer>

/** How often a step that is still running says so, in milliseconds. */
const heartbeat = 10_000

interface Running {
  readonly startedAt: number
  lastLineAt: number
}

/** Shows a run as plain lines: one when a step ends, one every 10 s while it runs. */
export class PlainRenderer {
  static readonly nonTTY = true
  static readonly rendererOptions: { write: (line: string) => void }
  static readonly rendererTaskOptions: { readonly persistentOutput?: boolean }
  readonly #tasks: Task[]
  readonly #write: (line: string) => void
  readonly #running = new Map<Task, Running>()
  #timer: NodeJS.Timeout | undefined

  constructor(tasks: Task[], options: { write: (line: string) => void }) {
    this.#tasks = tasks
    this.#write = options.write
  }

  render(): void {
    this.#watch(this.#tasks)
    // It does not keep a run alive that nothing else does.
    this.#timer = setInterval(() => this.#beat(), 500).unref()
  }

  end(): void {
    clearInterval(this.#timer)
  }

  #watch(tasks: readonly Task[]): void {
    for (const task of tasks) {
      task.on(ListrTaskEventType.SUBTASK, (subtasks) => this.#watch(subtasks as Task[]))
      task.on(ListrTaskEventType.STATE, (state) => this.#onState(task, state))
      // What is to be read is not progress.
      if (task.rendererTaskOptions?.persistentOutput === true) {
        task.on(ListrTaskEventType.OUTPUT, (line) => this.#write(`  ${line}`))
      }
      // The reason of a skip comes after its state.
      task.on(ListrTaskEventType.MESSAGE, ({ skip }) => this.#onSkip(task, skip))
    }
  }

  #onState(task: Task, state: ListrTaskState): void {
    if (!task.hasTitle() || task.hasSubtasks()) return
    if (state === ListrTaskState.STARTED) {
      const now = performance.now()
      this.#running.set(task, { startedAt: now, lastLineAt: now })
      return
    }
    const running = this.#running.get(task)
    if (running === undefined) return
    const lasted = performance.now() - running.startedAt
    const duration = lasted >= 1000 ? ` (${formatDuration(lasted)})` : ''
    if (state === ListrTaskState.COMPLETED) this.#write(`✔ ${titleOf(task)}${duration}`)
    else if (state === ListrTaskState.FAILED) this.#write(`✘ ${titleOf(task)}${duration}`)
    else if (state !== ListrTaskState.SKIPPED) return
    this.#running.delete(task)
  }

  #onSkip(task: Task, reason: string | undefined): void {
    if (reason !== undefined && task.hasTitle()) this.#write(`- ${reason}`)
  }

  #beat(): void {
    const now = performance.now()
    for (const [task, running] of this.#running) {
      if (now - running.lastLineAt < heartbeat) continue
      running.lastLineAt = now
      const progress = task.output === undefined ? '' : `: ${task.output}`
      this.#write(`… ${titleOf(task)}${progress} (${formatDuration(now - running.startedAt)})`)
    }
  }
}

/** With the item of a loop in front: `x.sqlite v2: Copy to production`. */
function titleOf(task: Task): string {
  const item = task.parent?.parent?.title ?? task.parent?.title
  return item === undefined ? String(task.title) : `${item}: ${task.title}`
}
