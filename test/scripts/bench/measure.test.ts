import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shell } from '../../../scripts/bench/command.ts'
import { measure } from '../../../scripts/bench/measure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('scripts/bench/measure')

const env = { PATH: process.env['PATH'] ?? '' }
const { signal } = new AbortController()

/** A program that fills so many MB and holds them for a moment. */
const hold = (megabytes: number): string =>
  `"${process.execPath}" -e 'const b = Buffer.alloc(${megabytes}e6, 1); setTimeout(() => b, 150)'`

test('memory is that of all processes that a command starts, together', async () => {
  const { peakBytes, seconds } = await measure(
    shell(`${hold(60)} & ${hold(60)}; wait`, env),
    signal,
  )
  assert.ok(peakBytes > 180e6, `${peakBytes} bytes`)
  assert.ok(peakBytes < 400e6, `${peakBytes} bytes`)
  assert.ok(seconds > 0.15 && seconds < 5, `${seconds} s`)
})

test('what a command prints is kept, and a failure anywhere in a pipe fails', async () => {
  assert.is((await measure(shell('printf one', env), signal)).stdout, 'one')
  await measure(shell('sh -c "echo why >&2; exit 3" | cat', env), signal).then(
    () => assert.unreachable('it succeeded'),
    (error: Error) => assert.match(error.message, /ended with 3: why/),
  )
})

test('what is stopped ends with all that it has started, before that is told', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'pid')
    const stop = new AbortController()
    const running = measure(shell(`sleep 60 & echo $! > ${file}; wait`, env), stop.signal)
    let pid = 0
    while (pid === 0) {
      // Not yet written, or not wholly.
      pid = Number(await readFile(file, 'utf8').catch(() => '0'))
      await new Promise(setImmediate)
    }
    const began = performance.now()
    stop.abort(new Error('stopped'))
    await running.then(
      () => assert.unreachable('it went on'),
      (error: Error) => assert.is(error.message, 'stopped'),
    )
    // Not when the sleep is over.
    assert.ok(performance.now() - began < 30_000)
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone) Z')
    assert.match(state, /\) Z/)
  }))

test.run()
