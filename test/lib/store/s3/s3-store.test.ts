import { suite } from 'uvu'
import { startS3Server } from '../../../helpers/s3-server.ts'
import { registerConformance } from '../conformance.ts'
import { s3Fixture } from '../s3-kind.ts'

const s3 = suite('S3 store on s3rver')
registerConformance(s3, {
  name: 's3rver',
  // It leaves the date of an object that is copied onto itself.
  lacks: ['plus sign in copy source', 'pages in lists', 'date of copies', 'conditional writes'],
  async start() {
    const server = await startS3Server(['staging', 'production'])
    return s3Fixture(server, server.stop)
  },
})
s3.run()
