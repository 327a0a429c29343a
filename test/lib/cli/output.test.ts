import { stripVTControlCharacters } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createOutput, type Output, createRedactor } from '../../../lib/cli/output.ts'
import { DmError } from '../../../lib/errors/dm-error.ts'
import { type FakeIo, fakeIo } from './fake-io.ts'

const test = suite('lib/cli/output')

const secret = 'wJalr"XUtn/FEMI'

function create(
  options: { json?: boolean; verbose?: boolean; quiet?: boolean } = {},
): FakeIo & { output: Output } {
  const globals = { json: false, verbose: false, quiet: false, ...options }
  const fake = fakeIo()
  const redact = createRedactor({ A_SECRET: secret }, [])
  return { ...fake, output: createOutput(globals, fake.io, redact) }
}

const problem = new DmError(
  'DM_UNKNOWN_DATASET',
  { dataset: 'modle.sqlite', known: ['model.sqlite'] },
  { cause: new Error('underneath') },
)

test('a success is told to people as its text on stdout', () => {
  const { output, stdout, stderr } = create()
  output.success('list', { datasets: [] }, () => 'two\nlines')
  assert.is(stdout(), 'two\nlines\n')
  assert.is(stderr(), '')
})

test('a success without a text prints nothing', () => {
  const { output, stdout } = create()
  output.success('list', {}, () => '')
  assert.is(stdout(), '')
})

test('a success is told to programs as one line of JSON, and its text is not even made', () => {
  const { output, stdout, stderr } = create({ json: true })
  output.success('list', { datasets: ['a\nb'] }, () => {
    throw new Error('the text was asked for')
  })
  assert.is(stdout(), '{"ok":true,"command":"list","datasets":["a\\nb"]}\n')
  assert.is(stderr(), '')
})

test('a failure is told to people on stderr: what happened, its code, what to do', () => {
  const { output, stdout, stderr } = create()
  output.failure('log', problem, { versions: [] })
  assert.is(stdout(), '')
  // Colour is node's own decision, from the environment of the tests.
  assert.is(
    stripVTControlCharacters(stderr()),
    "Error There is no dataset 'modle.sqlite'. [DM_UNKNOWN_DATASET]\n" +
      "Did you mean 'model.sqlite'? The datasets are: model.sqlite.\n",
  )
})

test('a failure is told to programs as one document with the fields of the result, and to people too', () => {
  const { output, stdout, stderr } = create({ json: true })
  output.failure('check', problem, { problems: [1] })
  assert.is(stdout().split('\n').length, 2)
  assert.equal(JSON.parse(stdout()), {
    ok: false,
    command: 'check',
    problems: [1],
    error: { code: problem.code, message: problem.message, hint: problem.hint },
  })
  assert.match(stderr(), 'DM_UNKNOWN_DATASET')
})

test('a failure before any command is known has none', () => {
  const { output, stdout } = create({ json: true })
  output.failure(null, problem)
  assert.is((JSON.parse(stdout()) as { command: unknown }).command, null)
})

test('stack and cause are shown only with -v', () => {
  const plain = create()
  plain.output.failure('log', problem)
  assert.not.match(plain.stderr(), 'underneath')
  assert.not.match(plain.stderr(), /^\s+at /m)
  const verbose = create({ verbose: true })
  verbose.output.failure('log', problem)
  assert.match(verbose.stderr(), 'underneath')
  assert.match(verbose.stderr(), /^\s+at /m)
})

test('what is not in the catalogue is told as a defect of dm', () => {
  const { output, stdout, stderr } = create({ json: true })
  output.failure('list', new TypeError('x is not a function'))
  const { error } = JSON.parse(stdout()) as {
    error: { code: string; message: string; hint: string }
  }
  assert.is(error.code, 'DM_INTERNAL')
  assert.match(error.message, 'x is not a function')
  assert.match(error.hint, 'a defect of dm')
  assert.match(stderr(), 'x is not a function')
})

test('a note goes to stderr, and nowhere with --quiet', () => {
  const { output, stdout, stderr } = create()
  output.note('Take care.')
  assert.equal([stdout(), stderr()], ['', 'Take care.\n'])
  const quiet = create({ quiet: true })
  quiet.output.note('Take care.')
  assert.is(quiet.stderr(), '')
  quiet.output.failure('list', problem)
  assert.match(quiet.stderr(), 'DM_UNKNOWN_DATASET')
})

test('no secret leaves by any way, and the JSON stays JSON', () => {
  const error = new DmError('DM_USAGE', { problem: `It was ${secret}.`, hint: secret })
  for (const json of [false, true]) {
    const { output, stdout, stderr } = create({ json, verbose: true })
    output.note(secret)
    output.failure('x', error, { secret, url: `https://x.org/?k=${encodeURIComponent(secret)}` })
    const failed = stdout()
    if (json) assert.is((JSON.parse(failed) as { secret: string }).secret, '[hidden]')
    output.success('x', { secret }, () => secret)
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
      assert.not.ok((stdout() + stderr()).includes(form), form)
    }
  }
})

test.run()
