import { suite } from 'uvu'
import { registerKilled } from '../tasks/killed-suite.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('killed and run again, on Ceph')
const budgetMs = 10 * 60_000
registerKilled(test, { prepare: Infinity, publish: Infinity, budgetMs }, async (body) => {
  const { endpoint, region, publisher } = ceph()
  await body({ endpoint, region, credentials: publisher })
})
test.run()
