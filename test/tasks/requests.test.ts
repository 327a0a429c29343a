import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmJson } from '../helpers/dm-here.ts'
import { startFaultProxy } from '../helpers/fault-proxy.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { startS3Server } from '../helpers/s3-server.ts'

const test = suite('requests to the store')

test('a new version costs few of them: each look has a reason', () =>
  inFolder(async (folder) => {
    const { stop, ...access } = await startS3Server(['staging', 'production', 'internal'])
    const proxy = await startFaultProxy(access.endpoint, () => null)
    try {
      const { work, merge } = await createDataRepository(folder)
      await work.write({ 'datamanager.config.json': s3Config(proxy.endpoint, access.region) })
      const env = s3Environment(access.credentials)
      const release = async (
        rows: number,
        ...more: string[]
      ): Promise<readonly [string[], string[]]> => {
        const file = await createTemoaDatabase(folder, `${rows}.sqlite`, rows)
        proxy.operations.length = 0
        const args = ['prepare', 'model.sqlite', file, ...more]
        const { branch } = await dmJson(work.folder, args, { env })
        const prepare = [...proxy.operations]
        await merge(String(branch))
        proxy.operations.length = 0
        await dmJson(work.folder, ['publish'], { env })
        return [prepare, [...proxy.operations]]
      }
      for (const rows of [1, 2]) {
        const [prepare, publish] = await release(rows, '--no-diff')
        assert.equal(prepare, [
          'HeadObject', // is it there already?
          'PutObject',
          'HeadObject', // the only proof that there is of an upload
          'HeadObject', // still there when the proposal is pushed
        ])
        assert.equal(publish, [
          'GET bucket', // the published versions against the bucket
          'HeadObject', // whose staged bytes they are, of what size, and which to pin
          'HeadObject', // is it there already?
          'GetObject', // what is staged: it is compressed
          'PutObject', // the database, as it comes
          'HeadObject', // the only proof that there is of an upload
          'HeadObject', // what is staged, to be copied beside it
          'HeadObject', // is that there already?
          'CopyObject', // the very bytes that were read
          'HeadObject', // a diff, as the bucket is private
          'GET bucket', // what is staged, for the sweep
          'GET bucket', // the clock of the store
        ])
      }
      const [prepare] = await release(3)
      // The version before, for the diff, as nobody has kept it; its size stands in the manifest.
      const brought = ['GetObject']
      const others = ['HeadObject', 'HeadObject', 'HeadObject', 'PutObject']
      // The diff, which waits in staging as the bucket is private.
      const diff = ['HeadObject', 'PutObject', 'HeadObject']
      assert.equal(prepare.toSorted(), [...brought, ...others, ...diff].toSorted())
    } finally {
      await proxy.stop()
      await stop()
    }
  }))

test.run()
