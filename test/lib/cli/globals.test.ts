import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toGlobals } from '../../../lib/cli/globals.ts'

const test = suite('lib/cli/globals')

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
