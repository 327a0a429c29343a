import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listBuckets, restoreBuckets, type S3Access } from '../helpers/buckets.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson } from '../helpers/dm.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('the main job on Ceph')

test('a developer prepares, a publisher publishes, and nobody does the other’s work', () =>
  inFolder(async (folder) => {
    const { endpoint, region, developer, publisher } = ceph()
    const access: S3Access = { endpoint, region, credentials: publisher }
    await restoreBuckets(access, [])
    const { work, merge } = await createDataRepository(folder)
    await work.write({ 'datamanager.config.json': s3Config(endpoint, region) })
    const asDeveloper = { env: s3Environment(developer) }
    const asPublisher = { env: s3Environment(publisher) }
    for (const number of [1, 2, 3]) {
      const file = await createTemoaDatabase(folder, `v${number}.sqlite`, 1000 * number)
      await dmJson(work.folder, ['prepare', 'model.sqlite', file], asDeveloper)
      await merge(`data/model-v${number}`)
      // The developer's key may not write where the published bytes are.
      const denied = await dmFailure(
        work.folder,
        ['publish'],
        { exit: 1, code: 'DM_PUBLISH_FAILED' },
        asDeveloper,
      )
      const [failed] = denied.document['failed'] as { code: string }[]
      assert.is(failed?.code, 'DM_STORE_DENIED')
      const { published } = await dmJson(work.folder, ['publish'], asPublisher)
      assert.is((published as unknown[]).length, 1)
      const output = path.join(folder, 'pulled.sqlite')
      await dmJson(work.folder, ['pull', 'model.sqlite', '-o', output], asDeveloper)
      assert.ok((await readFile(output)).equals(await readFile(file)))
    }
    // Without a URL the bucket is private, and has the diffs of the updates beside them.
    const lines = (await listBuckets(access)).filter((line) => !line.includes('.diff.sql '))
    const objects = lines.map((line) => `${line.split('-')[0]} ${/\.sqlite\S*/.exec(line)?.[0]}`)
    // What is published stays in staging until the retention is over.
    const staged = Array<string>(3).fill('staging staging .sqlite.zst')
    const published = ['v1', 'v2', 'v3'].flatMap((version) =>
      ['.sqlite', '.sqlite.zst'].map((form) => `production model/${version} ${form}`),
    )
    assert.equal(objects, [...staged, ...published])
  }))

test('wrong keys and a bucket that does not exist are told apart, before anything is done', () =>
  inFolder(async (folder) => {
    const { endpoint, region, developer } = ceph()
    const { work, remote } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const config = s3Config(endpoint, region)
    await work.write({ 'datamanager.config.json': config })
    const prepare = ['prepare', 'model.sqlite', file]
    const secretAccessKey = 'not-the-secret-of-anybody'
    for (const key of [
      { ...developer, secretAccessKey },
      { accessKeyId: 'X', secretAccessKey },
    ]) {
      const expected = { exit: 1, code: 'DM_STORE_KEY_REFUSED' }
      const failed = await dmFailure(work.folder, prepare, expected, { env: s3Environment(key) })
      assert.match(failed.hint, 'R2_SECRET_ACCESS_KEY')
      assert.not.match(JSON.stringify(failed), secretAccessKey)
    }
    await work.write({
      'datamanager.config.json': config.replace('"name": "staging"', '"name": "no-such-bucket"'),
    })
    const missing = { exit: 1, code: 'DM_STORE_NO_BUCKET' }
    const environment = { env: s3Environment(developer) }
    const failed = await dmFailure(work.folder, prepare, missing, environment)
    assert.match(failed.message + failed.hint, 'buckets.staging.name')
    assert.is(await remote.git('for-each-ref', 'refs/heads/data'), '')
  }))

test.run()
