import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { definitions, type ErrorCode } from '../../lib/errors/definitions.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmHere } from '../helpers/dm-here.ts'
import { startFaultProxy, type Fault } from '../helpers/fault-proxy.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { withTlsServer } from '../helpers/tls-server.ts'

const test = suite('codes of an S3 service, as a user meets them')

const SECRET = 'secret-of-test'
const env = s3Environment({ accessKeyId: 'key-of-test', secretAccessKey: SECRET })

/** What a user is told who prepares a database while the service answers like that. */
async function prepareOn(endpoint: string, code: ErrorCode): Promise<string> {
  let told = ''
  await inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    await work.write({ 'datamanager.config.json': s3Config(endpoint) })
    const file = await createTemoaDatabase(folder)
    const run = await dmHere(work.folder, ['prepare', 'm.sqlite', file], env)
    assert.equal([run.code, run.exit], [code, definitions[code].exit], run.message)
    told = `${run.message} ${run.hint}`
    assert.not.match(told, SECRET)
  })
  return told
}

const date = new Date(Date.now() - 3_600_000).toUTCString()
const answers: readonly (readonly [ErrorCode, Omit<Fault & { kind: 'answer' }, 'kind'>, RegExp])[] =
  [
    ['DM_STORE_KEY_REFUSED', { status: 403, code: 'InvalidAccessKeyId' }, /R2_ACCESS_KEY_ID/],
    ['DM_STORE_DENIED', { status: 403, code: 'AccessDenied' }, /may not read/],
    ['DM_STORE_ARCHIVED', { status: 403, code: 'InvalidObjectState' }, /Restore it/],
    [
      'DM_STORE_CLOCK',
      { status: 403, code: 'RequestTimeTooSkewed', headers: { date } },
      /clock of this machine differs by 60 minutes/,
    ],
    [
      'DM_STORE_REGION',
      { status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'eu-west-3' } },
      /'storage\.region' in the config to 'eu-west-3'/,
    ],
    [
      'DM_STORE_BUSY',
      { status: 503, code: 'SlowDown', headers: { 'retry-after': '600' } },
      /run the same command again later/i,
    ],
  ]
for (const [code, answer, expected] of answers) {
  test(`${code} names the cause and what to do`, async () => {
    const proxy = await startFaultProxy('http://127.0.0.1:1', () => ({ kind: 'answer', ...answer }))
    try {
      assert.match(await prepareOn(proxy.endpoint, code), expected)
    } finally {
      await proxy.stop()
    }
  })
}

test('DM_STORE_CERTIFICATE names the variables that help', () =>
  withTlsServer(
    (_, response) => void response.end(),
    async ({ origin }) => {
      assert.match(await prepareOn(origin, 'DM_STORE_CERTIFICATE'), /NODE_EXTRA_CA_CERTS/)
    },
  ))

test.run()
