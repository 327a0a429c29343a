import { existsSync } from 'node:fs'
import path from 'node:path'
import { locateProject, openProject, type Project } from '../../config/open-project.ts'
import { DmError } from '../../errors/dm-error.ts'
import { type Catalog, commandGroups, type Menu, type Operation } from '../../graph/operation.ts'
import { canOpenMenu } from '../ask.ts'
import { createOutput, createRedactor, type Io } from '../output.ts'
import type { Globals } from '../program.ts'
import { credentialNames } from '../run-operation.ts'
import { type Known, readKnown } from './known.ts'
import { perform, type Workshop } from './perform.ts'
import {
  back,
  type Back,
  type Choice,
  type Choices,
  type Heading,
  Left,
  Prompts,
} from './prompts.ts'
import { Screen } from './screen.ts'
import { walk } from './walk.ts'

/**
 * Leads through everything that dm does: shows what can be done, asks for what that takes, shows what
 * would happen, does it, and begins again. Esc goes back by one question, Ctrl+C leaves.
 *
 * @returns the exit code
 */
export async function openMenu(globals: Globals, catalog: Catalog, io: Io): Promise<number> {
  let redact = createRedactor(io.env, [])
  const open = async (): Promise<Project> => {
    const { cwd, config: configFile } = globals
    const place = await locateProject({ cwd: io.cwd, root: cwd, configFile, env: io.env })
    const env = { ...place.envFile, ...io.env }
    redact = createRedactor(env, [])
    const project = await openProject(place)
    redact = createRedactor(env, credentialNames(project.config.buckets))
    return project
  }
  const hide = (text: string): string => redact(text)
  try {
    verifyTerminal(globals, io)
    const output = createOutput(globals, io, hide)
    const prompts = new Prompts(io, new Screen(io, hide))
    const commands = await catalog.all()
    let [shown, last]: [string?, Operation?] = []
    while (true) {
      // Again each time: what was done may have changed it.
      const project = await open()
      const { root, source, config } = project
      const isThere = source !== null || existsSync(path.join(root, config.manifest))
      const title = `${isThere ? 'Data repository' : 'No data repository yet'}: ${root}`
      if (title !== shown) prompts.screen.print(`${title}\n`)
      shown = title
      const hasGit = existsSync(path.join(root, '.git'))
      const offered = offer(commands, isThere ? 'whole' : hasGit ? 'git' : 'none')
      const operation = await chooseOperation(prompts, offered, last)
      if (operation === back) return 0
      last = operation
      await lead(operation, { prompts, cwd: io.cwd, catalog, io, globals, output }, project)
    }
  } catch (error) {
    if (error instanceof Left) return error.exit
    return createOutput(globals, io, hide).failure('menu', error)
  }
}

/** @throws DM_USAGE where nobody can be asked */
function verifyTerminal({ json, yes }: Globals, io: Io): void {
  if (canOpenMenu(io) && !json && !yes) return
  const problem = canOpenMenu(io)
    ? 'The menu asks: it goes with neither --json nor --yes.'
    : 'The menu needs a terminal.'
  throw new DmError('DM_USAGE', { problem, hint: 'Name a command instead: dm --help' })
}

/** What can be done: what makes a data repository comes first where there is none; without git, only that. */
function offer(
  commands: readonly (Operation | Menu)[],
  there: 'whole' | 'git' | 'none',
): Operation[] {
  const operations = commands.filter((command) => command.graph !== null)
  return [
    ...operations.filter(({ offered }) => offered === 'first' && there !== 'whole'),
    ...operations.filter(({ offered }) => offered === 'always' && there !== 'none'),
  ]
}

/** All that can be done, in the groups of the help. */
function chooseOperation(
  prompts: Prompts,
  operations: readonly Operation[],
  last: Operation | undefined,
): Promise<Operation | Back> {
  const width = Math.max(...operations.map(({ name }) => name.length))
  const choiceOf = (operation: Operation): Choice<Operation> => {
    const { name, summary } = operation
    return {
      value: operation,
      label: `${name.padEnd(width)}  ${summary}`,
      answer: name,
      whole: `${name}: ${summary}`,
    }
  }
  // What comes first is first, also where its group is the last of the help.
  const first = operations.filter(({ offered }) => offered === 'first')
  const groups = [...new Set([...first.map(({ group }) => group), ...commandGroups])]
  const choices = groups.flatMap((group): Choices<Operation> => {
    const own = operations.filter((operation) => operation.group === group)
    return own.length === 0
      ? []
      : [{ heading: group } as Heading | Choice<Operation>].concat(own.map(choiceOf))
  })
  return prompts.select({
    message: 'What would you like to do?',
    choices,
    isFirst: true,
    ...(last === undefined ? {} : { initial: last }),
  })
}

/** From the first question of an operation to its end. */
async function lead(
  operation: Operation,
  workshop: Omit<Workshop, 'known' | 'given'>,
  project: Project,
): Promise<void> {
  const { prompts, output } = workshop
  let known: Promise<Known> | undefined
  const whole: Workshop = {
    ...workshop,
    known: () => (known ??= readKnown(project)),
    given: new Map(),
  }
  try {
    const outcome = await walk(operation, whole, (answers) => perform(operation, answers, whole))
    if (outcome === back) prompts.screen.retract()
    prompts.screen.forget()
  } catch (error) {
    if (error instanceof Left) throw error
    output.failure(operation.name, error)
    prompts.screen.print('')
  }
}
