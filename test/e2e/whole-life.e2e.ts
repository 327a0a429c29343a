import { suite } from 'uvu'
import { registerWholeLife } from '../tasks/whole-life.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('a whole life, on Ceph')
registerWholeLife(test, async (body) => {
  const { endpoint, region, publisher } = ceph()
  await body({ endpoint, region, credentials: publisher })
})
test.run()
