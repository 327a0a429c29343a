import { suite } from 'uvu'
import { startS3Server } from '../helpers/s3-server.ts'
import { registerKilled } from './killed-suite.ts'

const test = suite('killed and run again')
// A sample, for speed: the tests on Ceph kill at every single request.
const some = { commands: 1, points: 1 }
const extent = { prepare: 1, publish: 2, proposing: some, others: some, budgetMs: 8000 }
registerKilled(test, extent, async (body) => {
  const { stop, ...access } = await startS3Server(['staging', 'production', 'internal'])
  try {
    await body(access)
  } finally {
    await stop()
  }
})
test.run()
