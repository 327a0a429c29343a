import type { Environment } from '../config/define-config.ts'
import { readEnvFile } from '../config/env-file.ts'
import { DmError, isDmError, type Problem } from '../errors/dm-error.ts'
import type { Facts } from '../graph/facts.ts'
import { fold, printableLine } from '../format/text.ts'
import { type RunReport, runGraph } from '../graph/run-graph.ts'
import {
  type Catalog,
  graphOf,
  type AskingView,
  type Questions,
  type RunView,
} from '../graph/operation.ts'
import { locateFolder, locateProject, openProject, type Project } from '../config/open-project.ts'
import { ask, canAsk } from './ask.ts'
import { chooseDisplay } from './display.ts'
import { type Annotation, createActions } from './actions.ts'
import { createOutput, type Io, type Output, createRedactor, widthOf } from './output.ts'
import type { Invocation } from './program.ts'
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
  const actions = createActions(
    io.env,
    (text) => void io.stderr.write(text),
    (text) => redact(text),
  )
  const outcome: Outcome = { annotations: [], summary: null }
  const watch = watchSignals(
    (name) => output.note(`${name}: stopping in good order. Once more to stop at once.`),
    () => io.exit(signalExits.SIGINT),
  )
  try {
    const { facts, questions, ...beginning } = await begin(invocation, io, (env, names) => {
      redact = createRedactor(env, names)
      output = createOutput(globals, io, redact)
    })
    verifyStdoutFree(invocation, io)
    const graph = graphOf(operation, beginning.project, catalog.inProject)
    const asked = await answersTo(questions, globals, io, watch)
    if (!globals.quiet) actions?.fold(`dm ${operation.name}`)
    const report = await runGraph(graph, {
      facts: { ...facts, catalog, stdout: io.stdout.send, ...invocation.input, ...asked },
      dryRun: globals.dryRun,
      signal: watch.signal,
      display: chooseDisplay(
        { ...globals, quiet: globals.quiet || (operation.quick && !globals.verbose) },
        io,
        (text) => printableLine(redact(text)),
        { passing: invocation.passing },
      ),
      wanted: operation.report.needs,
      original: operation.graph,
    })
    actions?.unfold()
    return tell(report, invocation, output, io, watch, outcome)
  } catch (error) {
    actions?.unfold()
    outcome.annotations = annotationsOf({}, error, [])
    return exitOf(output.failure(operation.name, error), watch)
  } finally {
    await actions?.end(outcome.annotations, outcome.summary)
    watch.stop()
  }
}

/** What GitHub Actions shows beside the log. */
interface Outcome {
  annotations: readonly Annotation[]
  /** Markdown; null: there is nothing to say. */
  summary: string | null
}

/** Where a run begins: the facts that say so, and what a person is asked there. */
interface Beginning {
  /** Null: the operation needs none. */
  readonly project: Project | null
  readonly facts: Partial<Facts>
  readonly questions: ((view: AskingView) => Promise<Questions>) | undefined
}

/**
 * Finds where a run begins, and opens the data repository there.
 *
 * @param hide is told what is secret, as soon as it is known: before the config, which is code, is run
 * @throws DM_USAGE, DM_ENV_FILE, DM_CONFIG_…, exit 2
 */
export async function begin(
  { operation, input, globals }: Invocation,
  io: Io,
  hide: (env: Environment, names: readonly string[]) => void,
): Promise<Beginning> {
  const { cwd, config: configFile } = globals
  const { env } = io
  if (operation.inProject === false) {
    if (configFile !== undefined) {
      const problem = `${operation.name} reads no config.`
      throw new DmError('DM_USAGE', { problem, hint: 'Leave out --config.' })
    }
    const place = { folder: await locateFolder(io.cwd, cwd), env }
    // A config that it finds there may say what it was given; that `.env` cannot be read, it says itself.
    hide({ ...(await readEnvFile(place.folder).catch(() => ({}))), ...env }, [])
    const { questions } = operation
    return {
      project: null,
      facts: place,
      questions: questions && ((view) => questions(place, input, view)),
    }
  }
  const place = await locateProject({ cwd: io.cwd, root: cwd, configFile, env })
  const known = { ...place.envFile, ...env }
  hide(known, [])
  const project = await openProject(place)
  hide(known, credentialNames(project.config.buckets))
  const { questions } = operation
  return {
    project,
    facts: { project },
    questions: questions && ((view) => questions(project, input, view)),
  }
}

/** @throws DM_USAGE where the data that is asked for cannot go to stdout */
function verifyStdoutFree({ operation, input, globals }: Invocation, io: Io): void {
  if (!operation.sendsData?.(input)) return
  const taken = globals.json ? 'takes the document of --json' : 'is a terminal'
  if (!globals.json && !io.stdout.isTTY) return
  throw new DmError('DM_USAGE', {
    problem: `The bytes cannot go to stdout: it ${taken}.`,
    hint: 'Name a file instead, or send them on: dm … > FILE',
  })
}

async function answersTo(
  questions: Beginning['questions'],
  { yes, json, dryRun }: Invocation['globals'],
  io: Io,
  watch: SignalWatch,
): Promise<Partial<Facts>> {
  if (questions === undefined || yes || json || !canAsk(io)) return {}
  return ask(await questions({ dryRun, signal: watch.signal }), io, watch.signal)
}

function tell(
  report: RunReport,
  { operation, globals, input }: Invocation,
  output: Output,
  io: Io,
  watch: SignalWatch,
  outcome: Outcome,
): number {
  for (const { message } of report.notices) output.note(`Note: ${message}`)
  const notices = report.notices.length === 0 ? {} : { notices: report.notices }
  const { needs, alsoOnFailure, isVerbatim, result, text, markdown } = operation.report
  const { dryRun } = globals
  const view: RunView = {
    dryRun,
    outcome: report.error === null ? 'succeeded' : watch.received() ? 'interrupted' : 'failed',
  }
  const names = new Set(needs.map((need) => need.replace(/\?$/, '')))
  const facts = Object.fromEntries(Object.entries(report.facts).filter(([name]) => names.has(name)))
  const web = webOf(io.env)
  if (report.error === null) {
    const fields = result(facts, view)
    outcome.annotations = annotationsOf(fields, null, report.notices)
    outcome.summary = markdown?.(fields, { ...view, web }) ?? null
    const toText = (): string => {
      const width = widthOf(io.stdout)
      const told = text(fields, { ...view, now: new Date(), width })
      const lines = isVerbatim ? told : fold(told, width)
      return dryRun ? `${lines}\nDry run: nothing has been changed.` : lines
    }
    if (operation.sendsData?.(input)) output.note(toText())
    else {
      const rest = { ...(dryRun ? { dryRun } : {}), ...notices }
      output.success(operation.name, { ...fields, ...rest }, toText)
    }
    return 0
  }
  const fields = alsoOnFailure ? result(facts, view) : {}
  outcome.annotations = annotationsOf(fields, report.error, report.notices)
  outcome.summary = alsoOnFailure ? (markdown?.(fields, { ...view, web }) ?? null) : null
  if (alsoOnFailure && !globals.json) {
    output.partial(text(fields, { ...view, now: new Date(), width: widthOf(io.stderr) }))
  }
  const state = report.changes.length === 0 ? {} : { changes: report.changes }
  const exit = output.failure(operation.name, report.error, { ...fields, ...state, ...notices })
  for (const change of report.changes) output.note(`Already done: ${change}`)
  if (watch.received() !== null && report.remaining.length > 0) {
    output.note(`Not done: ${report.remaining.join('; ')}.`)
  }
  return exitOf(exit, watch)
}

/** What is wrong, where it stands; else why the run failed; and what else is to be known. */
function annotationsOf(
  fields: object,
  error: unknown,
  notices: RunReport['notices'],
): readonly Annotation[] {
  const { problems = [], failed = [] } = fields as Readonly<
    Record<string, readonly (Problem & Pick<Annotation, 'file' | 'line'>)[]>
  >
  const found = [...problems, ...failed].map(
    ({ code, dataset, version, message, file, line }): Annotation => {
      const about = [dataset, version].filter(Boolean).join(' ')
      return {
        kind: 'error',
        title: about === '' ? code : `${about}: ${code}`,
        message,
        file,
        line,
      }
    },
  )
  const own: Annotation[] =
    error === null || found.length > 0
      ? []
      : isDmError(error)
        ? [{ kind: 'error', title: error.code, message: `${error.message} ${error.hint}` }]
        : [
            {
              kind: 'error',
              title: 'DM_INTERNAL',
              message: error instanceof Error ? error.message : 'a failure of unknown kind',
            },
          ]
  const notes = notices.map(({ code, message }): Annotation => ({
    kind: 'notice',
    title: code,
    message,
  }))
  return [...found, ...own, ...notes]
}

/** The pages of the repository that a workflow runs for; null: there are none. */
function webOf({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name }: Environment): string | null {
  return server && name ? `${server}/${name}` : null
}

function exitOf(exit: number, watch: SignalWatch): number {
  const received = watch.received()
  return received === null ? exit : signalExits[received]
}

/** The variables of an environment that a config names as credentials. */
export function credentialNames(buckets: Project['config']['buckets']): string[] {
  return Object.values(buckets).flatMap(({ credentials }) =>
    credentials === null ? [] : Object.values(credentials),
  )
}
