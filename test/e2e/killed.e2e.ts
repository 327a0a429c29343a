import { suite } from 'uvu'
import { registerKilled } from '../tasks/killed-suite.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('killed and run again, on Ceph')
const budgetMs = 10 * 60_000
const all = { commands: Infinity, points: Infinity }
// A cleanup makes some 80 requests: one in each of so many parts of it, others the next time.
const others = { commands: Infinity, points: 30 }
const extent = { prepare: Infinity, publish: Infinity, proposing: all, others, budgetMs }
registerKilled(test, extent, async (body) => {
  const { endpoint, region, publisher } = ceph()
  await body({ endpoint, region, credentials: publisher })
})
test.run()
