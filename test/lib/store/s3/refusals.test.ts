import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorCode } from '../../../../lib/errors/definitions.ts'
import type { Fault } from '../../../helpers/fault-proxy.ts'
import { expectFailure } from '../conformance/store-fixture.ts'
import { count, onBadConnection } from './bad-connection.ts'

const test = suite('S3 store that is refused')

function answer(status: number, code: string, headers: Record<string, string> = {}): Fault {
  return { kind: 'answer', status, code, headers }
}

const reasons: readonly (readonly [number, string, ErrorCode, RegExp])[] = [
  [403, 'InvalidAccessKeyId', 'DM_STORE_KEY_REFUSED', /does not know this access key id/],
  [403, 'SignatureDoesNotMatch', 'DM_STORE_KEY_REFUSED', /secret does not belong/],
  [400, 'ExpiredToken', 'DM_STORE_KEY_REFUSED', /session token has expired/],
  [401, 'Unauthorized', 'DM_STORE_KEY_REFUSED', /does not accept it/],
  [403, 'AccessDenied', 'DM_STORE_DENIED', /may not read 'a'/],
  [403, 'InvalidObjectState', 'DM_STORE_ARCHIVED', /'a' .* is archived/],
]
for (const [status, code, expected, message] of reasons) {
  test(`a look that is refused for ${code} says so, although its answer has no body`, () =>
    onBadConnection(
      () => answer(status, code),
      async ({ store, proxy }) => {
        const failure = await expectFailure(store.head('a'), expected)
        assert.match(failure.message, message)
        assert.is(failure.exit, 1)
        assert.equal(proxy.operations, ['HeadObject', 'GetObject'])
      },
    ))
}

test('a reason that nothing gives is still a refusal', () =>
  onBadConnection(
    (operation) => (operation === 'HeadObject' ? answer(403, 'X') : null),
    async ({ store, direct, small }) => {
      await direct.put('a', small.file, { stamp: small.stamp })
      await expectFailure(store.head('a'), 'DM_STORE_DENIED')
      await expectFailure(store.head('nothing'), 'DM_STORE_DENIED')
    },
  ))

test('a bucket in another region is named with it, whatever the server calls that', async () => {
  const region = { 'x-amz-bucket-region': 'eu-west-3' }
  for (const fault of [
    answer(301, 'PermanentRedirect', region),
    answer(400, 'AuthorizationHeaderMalformed', region),
    answer(400, 'BadRequest', region),
  ]) {
    await onBadConnection(
      () => fault,
      async ({ store }) => {
        const { message, hint } = await expectFailure(store.head('a'), 'DM_STORE_REGION')
        assert.match(message, /not in the region 'us-east-1' but in 'eu-west-3'/)
        assert.match(hint, /'storage\.region' in the config to 'eu-west-3'/)
      },
    )
  }
})

test('a refusal that says nothing of a region of its own is none of the region', () =>
  onBadConnection(
    () => answer(400, 'BadRequest', { 'x-amz-bucket-region': 'us-east-1' }),
    async ({ store }) => void (await expectFailure(store.head('a'), 'DM_STORE_FAILED')),
  ))

const HOUR_MS = 3_600_000
const inAnHour = { date: new Date(Date.now() + HOUR_MS).toUTCString() }

test(`where this machine's clock is wrong, requests are signed with the server's`, () =>
  onBadConnection(
    (_, _nth, { headers }) => {
      const [, day, time] = /^(\d{8})T(\d{6})Z$/.exec(String(headers['x-amz-date'])) ?? []
      const iso = `${day?.replace(/(....)(..)/, '$1-$2-')}T${time?.replace(/(..)(..)/, '$1:$2:')}Z`
      const isRight = Date.parse(iso) > Date.now() + HOUR_MS / 2
      return isRight ? null : answer(403, 'RequestTimeTooSkewed', inAnHour)
    },
    async ({ store, proxy }) => {
      assert.is(await store.head('nothing'), null)
      assert.is(count(proxy, 'HeadObject'), 2)
    },
  ))

test('a clock that stays refused is named, with the difference', () =>
  onBadConnection(
    () => answer(403, 'RequestTimeTooSkewed', inAnHour),
    async ({ store }) => {
      const { message, hint } = await expectFailure(store.head('a'), 'DM_STORE_CLOCK')
      assert.match(message, /differs by (?:59|60) minutes/)
      assert.match(message, store.location)
      assert.match(hint, 'clock')
    },
  ))

test('a busy server is asked again when it wishes, more often than a broken one', async () => {
  const busy = [
    [503, 'SlowDown'],
    [429, 'TooManyRequests'],
    [400, 'RequestLimitExceeded'],
  ] as const
  const tries = busy.map(([status, code]) =>
    onBadConnection(
      (operation, nth) => {
        if (operation !== 'GET bucket' || nth > 4) return null
        return answer(status, code, nth === 1 ? { 'retry-after': '1' } : {})
      },
      async ({ store, proxy }) => {
        const before = performance.now()
        assert.equal(await Array.fromAsync(store.list('')), [])
        assert.ok(performance.now() - before >= 1000)
        assert.is(count(proxy, 'GET bucket'), 5)
      },
    ),
  )
  await Promise.all(tries)
})

test('a server that wants to be left alone for long is told to be busy, and not asked again', () =>
  onBadConnection(
    () => answer(503, 'SlowDown', { 'retry-after': '120' }),
    async ({ store, proxy }) => {
      const { message } = await expectFailure(store.head('a'), 'DM_STORE_BUSY')
      assert.match(message, '503')
      assert.is(count(proxy, 'HeadObject'), 1)
    },
  ))

test('a server that is broken is asked three times for what is small, five times for bytes', async () => {
  await onBadConnection(
    () => answer(500, 'InternalError'),
    async ({ store, proxy }) => {
      await expectFailure(store.head('a'), 'DM_STORE_UNAVAILABLE')
      assert.is(count(proxy, 'HeadObject'), 3)
    },
  )
  await onBadConnection(
    (operation) =>
      ['UploadPart', 'PutObject'].includes(operation) ? answer(500, 'InternalError') : null,
    async ({ store, proxy, file, stamp, small }) => {
      const puts = [
        store.put('small', small.file, { stamp: small.stamp }),
        store.put('large', file, { stamp }),
      ]
      await Promise.all(puts.map((put) => expectFailure(put, 'DM_STORE_UNAVAILABLE')))
      assert.is(count(proxy, 'PutObject'), 5)
      const parts = proxy.requests
        .filter((_, index) => proxy.operations[index] === 'UploadPart')
        .map(({ url }) => new URL(url ?? '', 'http://x').searchParams.get('partNumber'))
      const times = ['1', '2', '3'].map((one) => parts.filter((part) => part === one).length)
      assert.is(Math.max(...times), 5)
    },
  )
})

test('an answer of something else than an S3 service is told apart, and its passing failures pass', async () => {
  const html = (status: number): Fault => ({ kind: 'answer', status, body: '<html>sorry' })
  await onBadConnection(
    (_, nth) => (nth === 1 ? html(502) : null),
    async ({ store }) => assert.equal(await Array.fromAsync(store.list('')), []),
  )
  for (const [status, reason] of [
    [200, /status 200, is not that of an S3 service/],
    [418, /status 418, is not that of an S3 service/],
    [407, /the proxy .* asks for a user name and a password/],
  ] as const) {
    await onBadConnection(
      () => html(status),
      async ({ store }) => {
        const listing = Array.fromAsync(store.list(''))
        assert.match((await expectFailure(listing, 'DM_STORE_FAILED')).message, reason)
      },
    )
  }
})

test('a size that the server does not tell is a failure, not a 0', () =>
  onBadConnection(
    (operation) =>
      operation === 'HeadObject'
        ? { kind: 'answer', status: 200, headers: { 'transfer-encoding': 'chunked' } }
        : null,
    async ({ store }) => {
      assert.match((await expectFailure(store.head('a'), 'DM_STORE_FAILED')).message, 'no size')
    },
  ))

test.run()
