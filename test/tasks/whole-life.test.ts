import { suite } from 'uvu'
import { startS3Server } from '../helpers/s3-server.ts'
import { registerWholeLife } from './whole-life.ts'

const test = suite('a whole life')
registerWholeLife(test, async (body) => {
  const { stop, ...access } = await startS3Server(['staging', 'production', 'internal'])
  try {
    await body({
      ...access,
      credentials: { ...access.credentials, secretAccessKey: 'S3/Rver+Secret' },
    })
  } finally {
    await stop()
  }
})
test.run()
