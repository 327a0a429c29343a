import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startFaultProxy } from '../../../helpers/fault-proxy.ts'
import { startForwardProxy } from '../../../helpers/forward-proxy.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { runInNode } from '../../../helpers/run-in-node.ts'
import { startS3Server } from '../../../helpers/s3-server.ts'

const test = suite('lib/store/s3: the environment decides nothing that the config decides')

/** All that the SDK would look at; each leads elsewhere or breaks every access. */
const HOSTILE = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
  AWS_REGION: 'mars-1',
  AWS_DEFAULT_REGION: 'mars-1',
  AWS_USE_DUALSTACK_ENDPOINT: 'true',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_S3_USE_ARN_REGION: 'nonsense',
  AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS: 'nonsense',
  AWS_S3_DISABLE_EXPRESS_SESSION_AUTH: 'nonsense',
  AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_SUPPORTED',
  AWS_RESPONSE_CHECKSUM_VALIDATION: 'WHEN_SUPPORTED',
  AWS_AUTH_SCHEME_PREFERENCE: 'sigv4a',
  AWS_SIGV4A_SIGNING_REGION_SET: 'mars-1',
  AWS_DISABLE_CLOCK_SKEW_CORRECTION: 'nonsense',
  AWS_DEFAULTS_MODE: 'nonsense',
  AWS_RETRY_MODE: 'nonsense',
  AWS_MAX_ATTEMPTS: 'nonsense',
  AWS_SDK_UA_APP_ID: 'spy',
  AWS_ACCESS_KEY_ID: 'NOBODY',
  AWS_SECRET_ACCESS_KEY: 'nothing',
  AWS_SESSION_TOKEN: 'nothing',
  AWS_PROFILE: 'evil',
}

const PROFILE = [
  'endpoint_url = http://127.0.0.1:1',
  'region = mars-1',
  'use_dualstack_endpoint = true',
  'use_fips_endpoint = true',
  's3_use_arn_region = true',
  'request_checksum_calculation = WHEN_SUPPORTED',
  'defaults_mode = auto',
  'max_attempts = 100',
]

/** What a hostile environment and ~/.aws/config make of a head and a put with these settings. */
async function run(folder: string, settings: object, env: object): Promise<string> {
  const home = path.join(folder, 'home')
  await mkdir(path.join(home, '.aws'), { recursive: true })
  const profiles = ['[default]', ...PROFILE, '[profile evil]', ...PROFILE, '']
  await writeFile(path.join(home, '.aws/config'), profiles.join('\n'))
  await writeFile(path.join(home, 'file'), 'content')
  const sha256 = 'ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73'
  const source = `
    import { createS3Store } from './lib/store/s3/s3-store.ts'
    const store = createS3Store(${JSON.stringify({ bucket: 'staging', repository: 'owner/data', ...settings })})
    try {
      const { info } = await store.put('a', ${JSON.stringify(path.join(home, 'file'))}, { stamp: { sha256: '${sha256}' } })
      console.log(info.bytes)
    } catch (error) { console.log(error.code) }`
  const PATH = process.env['PATH'] ?? ''
  return (await runInNode(source, { env: { PATH, HOME: home, ...env } })).trim()
}

test('an endpoint of the config is where requests go, signed for its region and key', () =>
  inFolder(async (folder) => {
    const server = await startS3Server(['staging'])
    const proxy = await startFaultProxy(server.endpoint, () => null)
    try {
      const { credentials } = server
      const settings = { name: 'staging', endpoint: proxy.endpoint, region: 'moon-1', credentials }
      assert.is(await run(folder, settings, HOSTILE), '7')
      assert.equal(proxy.operations, ['HeadObject', 'PutObject', 'HeadObject'])
      for (const { url, headers } of proxy.requests) {
        assert.is(url?.split('?')[0], '/staging/a')
        assert.match(
          headers.authorization ?? '',
          /AWS4-HMAC-SHA256 Credential=S3RVER\/\d+\/moon-1\//,
        )
        assert.is(headers['x-amz-security-token'], undefined)
        assert.is(headers['x-amz-sdk-checksum-algorithm'], undefined)
        assert.not.match(headers['user-agent'] ?? '', 'spy')
      }
    } finally {
      await proxy.stop()
      await server.stop()
    }
  }))

test('without an endpoint it is that of AWS in the region of the config, plain and simple', () =>
  inFolder(async (folder) => {
    const server = await startS3Server([])
    const proxy = await startForwardProxy(new URL(server.endpoint))
    try {
      const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
      for (const [region, host] of [
        ['eu-central-1', 'the-bucket.s3.eu-central-1.amazonaws.com:443'],
        ['cn-north-1', 'the-bucket.s3.cn-north-1.amazonaws.com.cn:443'],
      ] as const) {
        const env = { HTTPS_PROXY: proxy.url }
        const settings = { name: 'the-bucket', region, credentials, env }
        // The server behind the proxy knows no TLS.
        assert.match(await run(folder, settings, HOSTILE), /^DM_STORE_(?:UNAVAILABLE|FAILED)$/)
        assert.equal([...new Set(proxy.asked.splice(0))], [`CONNECT ${host}`])
      }
    } finally {
      await proxy.stop()
      await server.stop()
    }
  }))

test.run()
