import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseOptions } from '../../../scripts/bench/options.ts'

const test = suite('scripts/bench/options')

const parse = (...args: string[]): ReturnType<typeof parseOptions> => parseOptions(args, {})

test('work is done in its own order, with each size, as often as asked', () => {
  const options = parse('--only', 'next,update', '--size', '20MiB,1GiB', '--runs', '3')
  assert.equal(options.works, ['update', 'next'])
  assert.equal(options.sizes, [20 * 1024 ** 2, 1024 ** 3])
  assert.equal(options.runs, { loopback: 3, slow: 3 })
  assert.equal(options.lines, ['loopback', 'slow'])
  assert.equal(options.slowLine, { bitsPerSecond: 100e6, delayMs: 20 })
  assert.is(options.store, 'ceph')
  assert.equal(parse('--slow-runs', '1').runs, { loopback: 5, slow: 1 })
})

test('what means nothing is said', () => {
  for (const [args, problem] of [
    [['--only', 'update,sleep'], /--only: sleep is none of start, /],
    [['--line', 'fast'], /--line: fast is none of loopback, slow/],
    [['--size', 'large'], /large is no size/],
    [['--runs', '0'], /--runs: 0 is no count/],
    [['--slow-runs', '1.5'], /--slow-runs: 1.5 is no count/],
    [['--delay', ''], /--delay: {2}is no number/],
    [['--store', 'minio'], /minio is neither ceph nor s3rver nor an address/],
    [['--store', 'https://127.0.0.1:1'], /is neither/],
    [['--store', 'http://127.0.0.1:1'], /needs AWS_ACCESS_KEY_ID/],
  ] as const) {
    assert.throws(() => parse(...args), problem)
  }
})

test.run()
