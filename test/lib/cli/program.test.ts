import { CommanderError } from 'commander'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  buildProgram,
  findCommandName,
  type Invocation,
  toGlobals,
} from '../../../lib/cli/program.ts'
import { DmError } from '../../../lib/errors/dm-error.ts'
import { graph } from '../../../lib/graph/graph.ts'
import { operation, report } from '../../../lib/graph/operation.ts'
import { failure } from '../../helpers/failure.ts'
import { does } from '../graph/steps.ts'

const test = suite('lib/cli/program')

const nothing = {
  graph: graph('g', [does('x', () => {})]),
  report: report({ needs: [], result: () => ({}), text: () => '' }),
}

const wash = operation({
  ...nothing,
  name: 'wash',
  aliases: ['clean'],
  group: 'Care',
  summary: 'Wash an item',
  arguments: [{ name: 'ITEM', fact: 'item', description: 'what to wash' }],
  options: [
    { flags: '--degrees <n>', fact: 'a', description: 'how hot', parse: toDegrees },
    {
      flags: '--mode <mode>',
      fact: 'b',
      description: 'how',
      choices: ['fast', 'slow'],
      byDefault: 'slow',
    },
    { flags: '--with <thing>', fact: 'items', description: 'what else', repeatable: true },
    { flags: '--no-spin', fact: 'c', description: 'leave it wet' },
  ],
  examples: ['dm wash shirt --degrees 30'],
})

/** Its option `--version` is its own, as that of `pull` is; so is `-q`, which is a global one too. */
const fetch = operation({
  ...nothing,
  name: 'fetch',
  group: 'Care',
  summary: 'Fetch a version',
  options: [
    { flags: '--version <v>', fact: 'item', description: 'which' },
    { flags: '-q, --quality <n>', fact: 'a', description: 'how good' },
  ],
  examples: ['dm fetch --version v1'],
})

function toDegrees(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new DmError('DM_USAGE', { problem: `'${text}' is no number.`, hint: 'Give one.' })
}

interface Parsed {
  readonly invocation: Invocation | undefined
  readonly printed: string
  readonly error: unknown
}

async function parse(...argv: string[]): Promise<Parsed> {
  let invocation: Invocation | undefined
  let printed = ''
  const output = { write: (text: string) => void (printed += text) }
  const program = buildProgram([wash, fetch], '1.2.3', output, (found) => (invocation = found))
  const error: unknown = await program.parseAsync(argv, { from: 'user' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { invocation, printed, error }
}

/** What was asked for; a command line that is refused fails the test. */
async function ask(...argv: string[]): Promise<Invocation> {
  const { invocation, error } = await parse(...argv)
  if (invocation === undefined) throw new Error('nothing was asked for', { cause: error })
  return invocation
}

test('arguments and options become facts', async () => {
  const argv = ['wash', 'shirt', '--degrees', '30', '--mode=fast', '--no-spin']
  const { operation: found, input } = await ask(...argv)
  assert.is(found, wash)
  assert.equal(input, { item: 'shirt', a: 30, b: 'fast', items: [], c: false })
})

test('what is not given is its default', async () => {
  const { input } = await ask('wash', 'shirt')
  assert.equal(input, { item: 'shirt', a: undefined, b: 'slow', items: [], c: true })
})

test('a repeatable option is a list in the order given, and runs do not share it', async () => {
  const { input } = await ask('wash', 'x', '--with', 'sock', '--with=hat')
  assert.equal(input['items'], ['sock', 'hat'])
  assert.equal((await ask('wash', 'x', '--with', 'tie')).input['items'], ['tie'])
})

test('a command is found by its alias', async () => {
  assert.is((await ask('clean', 'shirt')).operation, wash)
})

test('global options stand before the command, after it, or both', async () => {
  const expected = {
    cwd: 'data',
    yes: true,
    json: true,
    dryRun: false,
    quiet: false,
    verbose: false,
  }
  for (const argv of [
    ['-C', 'data', '-y', '--json', 'wash', 'x'],
    ['wash', 'x', '--cwd', 'data', '--yes', '--json'],
    ['--json', 'wash', '-y', 'x', '-Cdata'],
  ]) {
    assert.equal((await ask(...argv)).globals, expected, argv.join(' '))
  }
})

test('of a global option that is given twice, the one after the command counts', async () => {
  assert.is((await ask('-C', 'first', 'wash', 'x', '-C', 'second')).globals.cwd, 'second')
})

test('an option of a command goes before a global one of the same letter', async () => {
  const { input, globals } = await ask('-q', 'fetch', '-q', '7')
  assert.is(input['a'], '7')
  assert.ok(globals.quiet)
  assert.not.ok((await ask('fetch', '-q', '7')).globals.quiet)
})

test('the version is that of dm before the command only', async () => {
  const { printed, error } = await parse('--version')
  assert.is(printed.trim(), '1.2.3')
  assert.ok(error instanceof CommanderError && error.exitCode === 0)
  assert.is((await ask('fetch', '--version', 'v7')).input['item'], 'v7')
  const refused = (await parse('wash', 'x', '--version')).error
  assert.ok(refused instanceof CommanderError && refused.exitCode !== 0)
})

test('the help of dm lists the commands, that of a command its arguments, options and examples', async () => {
  const whole = await parse('--help')
  assert.match(whole.printed, /Usage: dm \[options\] <command>/)
  for (const part of ['wash', 'Wash an item', 'fetch', '--dry-run', 'dm <command> --help']) {
    assert.match(whole.printed, part)
  }
  for (const argv of [
    ['wash', '-h'],
    ['help', 'wash'],
  ]) {
    const { printed, error, invocation } = await parse(...argv)
    for (const part of ['<ITEM>', 'what to wash', '--with <thing>', '--json', '$ dm wash shirt']) {
      assert.match(printed, part)
    }
    assert.ok(error instanceof CommanderError && error.exitCode === 0)
    assert.is(invocation, undefined)
  }
})

test('what is not understood is refused, and nothing is printed or run', async () => {
  const cases: Record<string, RegExp> = {
    wash: /missing required argument 'ITEM'/,
    'wash a b': /too many arguments/,
    'wash a --odd': /unknown option '--odd'/,
    'wash a --degree 3': /Did you mean --degrees\?/,
    'wash a --degrees': /argument missing/,
    'wash a --mode medium': /Allowed choices are fast, slow/,
    fly: /unknown command 'fly'/,
    '--odd wash a': /unknown option '--odd'/,
  }
  for (const [line, expected] of Object.entries(cases)) {
    const { error, printed, invocation } = await parse(...line.split(' '))
    assert.ok(error instanceof CommanderError, line)
    assert.match(error.message, expected)
    assert.is.not(error.exitCode, 0)
    assert.is(printed, '', line)
    assert.is(invocation, undefined)
  }
})

test('what an option refuses by itself comes through as it is', async () => {
  const { error } = await parse('wash', 'x', '--degrees', 'hot')
  await failure('DM_USAGE', () => Promise.reject(error as Error))
})

const find = (line: string): string | undefined => findCommandName(line.split(' ').filter(Boolean))

test('the command is the first word that is no option', () => {
  assert.is(find('list'), 'list')
  assert.is(find('--json -q list'), 'list')
  assert.is(find('prepare model.sqlite --bucket internal'), 'prepare')
})

test('the value of an option is not taken for the command', () => {
  for (const line of [
    '-C list pull x',
    '--cwd list pull x',
    '--config list pull x',
    '-Clist pull',
  ]) {
    assert.is(find(line), 'pull', line)
  }
  assert.is(find('--cwd=list --config=x pull'), 'pull')
  assert.is(find('-C -q pull'), 'pull')
})

test('without a command there is none', () => {
  for (const line of ['', '--version', '--json', '-C', '-C dir', '--']) {
    assert.is(find(line), undefined, line)
  }
})

test('what follows -- is the command, whatever it looks like', () => {
  assert.is(find('-q -- list'), 'list')
  assert.is(find('-- --odd'), '--odd')
})

const off = { yes: false, json: false, dryRun: false, quiet: false, verbose: false }

test('what is not given is off, and has no value', () => {
  assert.equal(toGlobals({}), off)
})

test('what is given is on, and other options are passed over', () => {
  const options = { cwd: 'data', config: 'x.ts', json: true, dryRun: true, bucket: 'internal' }
  assert.equal(toGlobals(options), {
    ...off,
    cwd: 'data',
    config: 'x.ts',
    json: true,
    dryRun: true,
  })
})

test('only texts are values and only true is on', () => {
  assert.equal(toGlobals({ cwd: true, yes: 'no', quiet: undefined, verbose: 1 }), off)
})

test.run()
