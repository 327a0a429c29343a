import { suite } from 'uvu'
import { registerConformance } from '../lib/store/conformance.ts'
import { s3Fixture } from '../lib/store/s3-kind.ts'
import { ceph } from './helpers/ceph.ts'

const store = suite('S3 store on Ceph')
registerConformance(store, {
  name: 'Ceph',
  async start() {
    const { publisher, ...access } = ceph()
    return s3Fixture({ ...access, credentials: publisher })
  },
})
store.run()
