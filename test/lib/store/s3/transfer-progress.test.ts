import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countAttempt } from '../../../../lib/store/s3/part-body.ts'
import { createProgress } from '../../../../lib/store/s3/transfer-progress.ts'

const test = suite('lib/store/s3/transfer-progress')

/** A progress out of 100, and what it reported. */
function watch(): { progress: ReturnType<typeof createProgress>; steps: number[] } {
  const steps: number[] = []
  const progress = createProgress(100, (done, total) => {
    assert.is(total, 100)
    steps.push(done)
  })
  return { progress, steps }
}

test('what is added up is reported, a 0 at the start too', () => {
  const { progress, steps } = watch()
  for (const bytes of [0, 10, 20, 70]) progress.add(bytes)
  assert.equal(steps, [0, 10, 30, 100])
})

test('after bytes are taken back, nothing is reported until there is more than before', () => {
  const { progress, steps } = watch()
  for (const bytes of [40, -30, 10, 20, 10, 50]) progress.add(bytes)
  assert.equal(steps, [40, 50, 100])
})

test('nobody has to listen', () => {
  createProgress(100, undefined).add(10)
})

test('a failed attempt counts for nothing, also what it sends after it failed', async () => {
  const { progress, steps } = watch()
  let late = (): void => undefined
  const failed = countAttempt(progress, async (counting) => {
    counting.add(60)
    late = () => counting.add(30)
    throw new Error('broken')
  })
  assert.match(String(await failed.catch((error: unknown) => error)), 'broken')
  late()
  const result = await countAttempt(progress, async (counting) => {
    counting.add(100)
    return 'sent'
  })
  assert.is(result, 'sent')
  assert.equal(steps, [60, 100])
})

test.run()
