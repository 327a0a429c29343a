import { isDmError } from '../errors/dm-error.ts'
import { customizeGraph } from '../graph/customize-graph.ts'
import type { Facts } from '../graph/facts.ts'
import { type RunReport, runGraph } from '../graph/run-graph.ts'
import type { Catalog } from '../operation/catalog.ts'
import { openProject } from '../project/open-project.ts'
import { ask, canAsk } from './ask.ts'
import { chooseDisplay } from './choose-display.ts'
import type { Io } from './io.ts'
import { createOutput, type Output } from './output.ts'
import type { Invocation } from './program.ts'
import { createRedactor } from './secrets.ts'
import { type SignalWatch, signalExits, watchSignals } from './signals.ts'

/**
 * Runs one parsed command line to its end and tells the outcome.
 *
 * @returns the exit code
 */
export async function runOperation(
  invocation: Invocation,
  catalog: Catalog,
  io: Io,
): Promise<number> {
  const { operation, globals } = invocation
  let redact = createRedactor(io.env, [])
  let output = createOutput(globals, io, redact)
  const watch = watchSignals(
    (name) => output.note(`${name}: stopping in good order. Once more to stop at once.`),
    () => process.exit(signalExits.SIGINT),
  )
  try {
    const project = await openProject({
      cwd: io.cwd,
      root: globals.cwd,
      configFile: globals.config,
      env: io.env,
    })
    redact = createRedactor(project.env, credentialNames(project.config.buckets))
    output = createOutput(globals, io, redact)
    const graph = customizeGraph(operation.graph, {
      pipelines: project.config.pipelines,
      source: project.source ?? 'The config',
      known: catalog.names,
    })
    const asked = await questionsOf(invocation, project, io, watch)
    const report = await runGraph(graph, {
      facts: { project, catalog, ...invocation.input, ...asked },
      dryRun: globals.dryRun,
      signal: watch.signal,
      display: chooseDisplay(
        { ...globals, quiet: globals.quiet || (operation.quick && !globals.verbose) },
        io,
        redact,
      ),
      original: operation.graph,
    })
    return tell(report, invocation, output, io, watch)
  } catch (error) {
    output.failure(operation.name, toError(error))
    return exitOf(toError(error), watch)
  } finally {
    watch.stop()
  }
}

async function questionsOf(
  { operation, input, globals }: Invocation,
  project: Awaited<ReturnType<typeof openProject>>,
  io: Io,
  watch: SignalWatch,
): Promise<Partial<Facts>> {
  if (operation.questions === undefined || globals.yes || globals.json || !canAsk(io)) return {}
  return ask(operation.questions(project, input), io, watch.signal)
}

function tell(
  report: RunReport,
  { operation, globals }: Invocation,
  output: Output,
  io: Io,
  watch: SignalWatch,
): number {
  for (const notice of report.notices) output.note(`Note: ${notice}`)
  const notices = report.notices.length === 0 ? {} : { notices: report.notices }
  if (report.error === null) {
    const fields = operation.report.result(report.facts)
    const dryRun = globals.dryRun ? { dryRun: true } : {}
    output.success(operation.name, { ...fields, ...dryRun, ...notices }, () => {
      const text = operation.report.text(fields, {
        dryRun: globals.dryRun,
        now: new Date(),
        width: io.stdout.isTTY ? io.stdout.columns : Infinity,
      })
      return globals.dryRun ? `${text}\nDry run: nothing has been changed.` : text
    })
    return 0
  }
  const { alsoOnFailure, result, text } = operation.report
  const fields = alsoOnFailure ? result(report.facts) : {}
  if (alsoOnFailure && !globals.json) {
    const lines = text(fields, { dryRun: globals.dryRun, now: new Date(), width: Infinity })
    if (lines !== '') output.note(lines)
  }
  const state = report.changes.length === 0 ? {} : { changes: report.changes }
  output.failure(operation.name, report.error, { ...fields, ...state, ...notices })
  for (const change of report.changes) output.note(`Already done: ${change}`)
  if (watch.received() !== null && report.remaining.length > 0) {
    output.note(`Not done: ${report.remaining.join('; ')}.`)
  }
  return exitOf(report.error, watch)
}

function exitOf(error: Error, watch: SignalWatch): number {
  const received = watch.received()
  if (received !== null) return signalExits[received]
  return isDmError(error) ? error.exit : 1
}

function credentialNames(
  buckets: Awaited<ReturnType<typeof openProject>>['config']['buckets'],
): string[] {
  return Object.values(buckets).flatMap(({ credentials }) =>
    credentials === null ? [] : Object.values(credentials),
  )
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
