import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defineConfig, type Environment, r2 } from '../../../lib/config/define-config.ts'
import type { Config } from '../../../lib/config/types.ts'

const test = suite('defineConfig')
const env: Environment = {}
const whole: Config = {}
// What stands beside a mistake in each config below.
const staging = 'incoming'

test('returns what it is given', () => {
  const config = { staging }
  assert.is(defineConfig(config), config)
  const make = (): Config => config
  assert.is(defineConfig(make), make)
})

// `npm run types` fails where one of these is refused.
test('takes everything that is a config, in every form', () => {
  const configs = [
    defineConfig({}),
    defineConfig(whole),
    defineConfig(() => whole),
    defineConfig(async () => ({ ...whole, page: null })),
    defineConfig(Promise.resolve({ staging })),
    defineConfig(() => ({ compression: false })),
    defineConfig(() => ({ compression: { level: 9 } })),
    defineConfig({ pipelines: { prepare: (graph) => graph.without('x') } }),
    defineConfig(({ env: { NAME } }) => ({
      repository: NAME,
      formerly: ['a/b'],
      ...(NAME === undefined ? {} : { storage: r2({ accountId: NAME }) }),
      buckets: {
        staging: {},
        production: {
          name: NAME ?? 'x',
          ...(NAME === undefined
            ? {}
            : { credentials: { accessKeyId: 'A', secretAccessKey: 'B' } }),
        },
      },
      fields: { note: { optional: true } },
      pipelines: { prepare: (graph) => graph.without('x') },
    })),
    defineConfig(() => ({
      storage: env['A'] === '' ? { type: 's3', region: 'x' } : { type: 'folder', path: 'x' },
    })),
  ]
  assert.is(configs.length, 10)
})

// `npm run types` fails where one of these is taken.
test('takes no unknown key and no wrong value, also in what a function returns', () => {
  const configs = [
    // @ts-expect-error
    defineConfig({ staging, stagin: 'x' }),
    // @ts-expect-error
    defineConfig({ git: { base: 'x', bse: 'y' } }),
    // @ts-expect-error
    defineConfig({ staging: 7 }),
    // @ts-expect-error
    defineConfig(new Map()),
    // @ts-expect-error
    defineConfig(() => ({ staging, stagin: 'x' })),
    // @ts-expect-error
    defineConfig(async () => ({ staging, stagin: 'x' })),
    // @ts-expect-error
    defineConfig(Promise.resolve({ staging, stagin: 'x' })),
    // @ts-expect-error
    defineConfig(() => (env['A'] === '' ? { staging } : { staging, stagin: 'x' })),
    // @ts-expect-error
    defineConfig(() => ({ git: { base: 'x', bse: 'y' } })),
    // @ts-expect-error
    defineConfig(() => ({ buckets: { staging: { name: 'x', nme: 'y' } } })),
    // @ts-expect-error
    defineConfig(() => ({ compression: { level: 9, levl: 9 } })),
    // @ts-expect-error
    defineConfig(() => ({ fields: { note: { optional: true, promt: 'x' } } })),
    // @ts-expect-error
    defineConfig(() => ({ storage: { type: 's3', endpoint: 'x', path: 'y' } })),
    // @ts-expect-error
    defineConfig(() => ({ storage: { type: 'folder', path: 'x', region: 'y' } })),
    // @ts-expect-error
    defineConfig(() => ({ storage: { type: 'ftp' } })),
    // @ts-expect-error
    defineConfig(() => ({ staging: 7 })),
    // @ts-expect-error
    defineConfig(() => {}),
  ]
  assert.is(configs.length, 17)
})

test('r2 gives the endpoint of an account, also in a jurisdiction', () => {
  const region = 'auto'
  assert.equal(r2({ accountId: 'abc' }), {
    type: 's3',
    endpoint: 'https://abc.r2.cloudflarestorage.com',
    region,
  })
  assert.equal(r2({ accountId: 'abc', jurisdiction: 'eu' }), {
    type: 's3',
    endpoint: 'https://abc.eu.r2.cloudflarestorage.com',
    region,
  })
})

test.run()
