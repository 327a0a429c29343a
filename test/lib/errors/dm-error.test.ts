import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError, isDmError } from '../../../lib/errors/dm-error.ts'

const test = suite('lib/errors/dm-error')

const unknown = (cause?: unknown): DmError<'DM_UNKNOWN_COMMAND'> =>
  new DmError('DM_UNKNOWN_COMMAND', { command: 'pul', known: ['pull', 'list'] }, { cause })

test('it has the message, hint and exit code of its definition, made from its context', () => {
  const error = unknown()
  assert.is(error.code, 'DM_UNKNOWN_COMMAND')
  assert.is(error.message, "There is no command 'pul'.")
  assert.is(error.hint, "Did you mean 'pull'? The commands are: pull, list.")
  assert.is(error.exit, 2)
  assert.equal(error.context, { command: 'pul', known: ['pull', 'list'] })
})

test('it is an error like any other, and keeps its cause', () => {
  const cause = new Error('underneath')
  const error = unknown(cause)
  assert.instance(error, Error)
  assert.is(error.cause, cause)
  assert.match(error.stack ?? '', "DmError: There is no command 'pul'.")
})

test('it is recognized by its code', () => {
  assert.ok(isDmError(unknown()))
  assert.ok(isDmError(unknown(), 'DM_UNKNOWN_COMMAND'))
  assert.not.ok(isDmError(unknown(), 'DM_UNKNOWN_DATASET'))
})

test('one of another copy of this module is recognized as well', () => {
  const foreign = Object.assign(new Error('x'), { name: 'DmError', code: 'DM_USAGE' })
  assert.ok(isDmError(foreign, 'DM_USAGE'))
})

test('other failures are not taken for one', () => {
  const others: unknown[] = [
    new Error('DmError'),
    Object.assign(new Error('x'), { code: 'DM_USAGE' }),
    Object.assign(new Error('x'), { name: 'DmError' }),
    { name: 'DmError', code: 'DM_USAGE', message: 'x' },
    'DM_USAGE',
    null,
    undefined,
  ]
  for (const other of others) assert.not.ok(isDmError(other))
})

test.run()
