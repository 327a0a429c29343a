import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3'
import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createS3Store } from '../../../../lib/store/s3/s3-store.ts'
import { hashObject } from '../../../../lib/store/read-object.ts'
import type { Store } from '../../../../lib/store/store.ts'
import type { Fault } from '../../../helpers/fault-proxy.ts'
import { startForwardProxy } from '../../../helpers/forward-proxy.ts'
import {
  expectFailure,
  PART_BYTES,
  readWhole,
  sampleBytes,
  sha256,
} from '../conformance/store-fixture.ts'
import { ACCESS, BYTES, count, onBadConnection } from './bad-connection.ts'

const test = suite('S3 store: what keeps objects from being replaced, and parts from being mixed')

const DATE = 'Fri, 02 Jan 2026 03:04:05 GMT'

const refused = (status: number, code: string): Fault => ({ kind: 'answer', status, code })

test('what is written is written on condition that the key is free, and copies pin their source', () =>
  onBadConnection(
    () => null,
    async ({ store, proxy, file, stamp, small }) => {
      await store.put('small', small.file, { stamp: small.stamp })
      await store.copy(store, 'small', 'copy', { stamp: small.stamp })
      await store.put('large', file, { stamp })
      await store.copy(store, 'large', 'large-copy', { stamp })
      await store.freshen('small')
      await store.freshen('large')
      const headersOf = (operation: string, name: string): unknown[] =>
        proxy.requests
          .filter((_, index) => proxy.operations[index] === operation)
          .map(({ headers }) => headers[name])
      assert.equal(headersOf('PutObject', 'if-none-match'), ['*'])
      // The second is a freshening, which replaces the object by itself.
      assert.equal(headersOf('CopyObject', 'if-none-match'), ['*', undefined])
      assert.equal(headersOf('CopyObject', 'x-amz-metadata-directive'), ['REPLACE', 'REPLACE'])
      // What was sent is what arrives, or is refused.
      const md5s = [
        ...headersOf('PutObject', 'content-md5'),
        ...headersOf('UploadPart', 'content-md5'),
      ]
      assert.is(md5s[0], createHash('md5').update('small').digest('base64'))
      assert.ok(md5s.length === 4 && md5s.every((md5) => String(md5).length === 24), String(md5s))
      const pins = ['CopyObject', 'UploadPartCopy'].flatMap((operation) =>
        headersOf(operation, 'x-amz-copy-source-if-match'),
      )
      assert.is(pins.length, 2 + 6)
      assert.ok(
        pins.every((pin) => /^"[0-9a-f]{32}(?:-\d+)?"$/.test(String(pin))),
        String(pins),
      )
    },
  ))

test(`a copy at R2 says the condition in R2's own words, and a freshening says none`, () =>
  onBadConnection(
    () => null,
    async ({ direct, proxy, small }) => {
      await direct.put('a', small.file, { stamp: small.stamp })
      const forward = await startForwardProxy(new URL(proxy.endpoint))
      try {
        const r2 = createS3Store({
          ...ACCESS,
          bucket: 'staging',
          name: 'staging',
          env: { HTTP_PROXY: forward.url },
          endpoint: 'http://account.r2.cloudflarestorage.com',
        })
        await r2.copy(r2, 'a', 'b', { stamp: small.stamp })
        await r2.freshen('a')
        const copies = proxy.requests.filter((_, at) => proxy.operations[at] === 'CopyObject')
        assert.equal(
          copies.map(({ headers }) => [
            headers['cf-copy-destination-if-none-match'],
            headers['if-none-match'],
          ]),
          [
            ['*', undefined],
            [undefined, undefined],
          ],
        )
      } finally {
        await forward.stop()
      }
    },
  ))

test('an answer that was lost is no failure where the next attempt finds the key taken', () =>
  onBadConnection(
    (operation, nth) => {
      if (operation === 'PutObject') {
        return nth === 1 ? { kind: 'lose-answer' } : refused(412, 'PreconditionFailed')
      }
      if (operation !== 'CompleteMultipartUpload') return null
      return nth === 1 ? { kind: 'lose-answer' } : refused(404, 'NoSuchUpload')
    },
    async ({ store, direct, proxy, small, file, stamp }) => {
      assert.is((await store.put('a', small.file, { stamp: small.stamp })).sentBytes, 5)
      assert.is((await store.put('b', file, { stamp })).sentBytes, BYTES)
      assert.equal([count(proxy, 'PutObject'), count(proxy, 'CompleteMultipartUpload')], [2, 2])
      assert.is((await direct.head('b'))?.sha256, stamp.sha256)
    },
  ))

test('a condition that does not hold is a failure where nothing is there', () =>
  onBadConnection(
    (operation) =>
      ['PutObject', 'CopyObject'].includes(operation) ? refused(412, 'PreconditionFailed') : null,
    async ({ store, direct, proxy, small }) => {
      const { file, stamp } = small
      await expectFailure(store.put('a', file, { stamp }), 'DM_STORE_FAILED')
      await direct.put('b', file, { stamp })
      await expectFailure(store.copy(store, 'b', 'c', { stamp }), 'DM_STORE_FAILED')
      assert.is(await direct.head('c'), null)
      assert.is(count(proxy, 'PutObject'), 1)
    },
  ))

for (const [status, code] of [
  [501, 'NotImplemented'],
  [400, 'NotImplemented'],
] as const) {
  test(`a server that refuses conditions with ${status} gets none, after one more look`, () =>
    onBadConnection(
      (_, _nth, { headers }) =>
        headers['if-none-match'] === undefined ? null : refused(status, code),
      async ({ store, proxy, small: { file, stamp } }) => {
        await store.put('a', file, { stamp })
        assert.equal(proxy.operations.splice(0), [
          'HeadObject',
          'PutObject',
          'HeadObject',
          'PutObject',
          'HeadObject',
        ])
        await store.copy(store, 'a', 'b', { stamp })
        // It is known by now.
        assert.is(count(proxy, 'CopyObject'), 1)
        assert.is((await store.head('b'))?.sha256, stamp.sha256)
      },
    ))
}

/** Writes other content past our code at a moment of the proxy's choice. */
function intruder(): { enter: () => Promise<void>; let: (work: () => Promise<unknown>) => void } {
  let work = (): Promise<unknown> => Promise.resolve()
  return {
    async enter() {
      const now = work
      work = () => Promise.resolve()
      await now()
    },
    let: (given) => void (work = given),
  }
}

test('without conditions, what came in between is seen and kept', async () => {
  const other = intruder()
  await onBadConnection(
    async (operation, _nth, { headers }) => {
      if (operation !== 'PutObject' || headers['if-none-match'] === undefined) return null
      await other.enter()
      return refused(501, 'NotImplemented')
    },
    async ({ store, direct, small, file, stamp }) => {
      other.let(() => direct.put('a', file, { stamp }))
      const { file: own, stamp: ownStamp } = small
      await expectFailure(store.put('a', own, { stamp: ownStamp }), 'DM_STORE_CONFLICT')
      assert.is((await direct.head('a'))?.bytes, BYTES)
    },
  )
})

test('what came in between the parts and their completion is seen and kept', async () => {
  for (const kind of ['UploadPart', 'UploadPartCopy']) {
    const other = intruder()
    await onBadConnection(
      async (operation) => {
        if (operation === kind) await other.enter()
        return null
      },
      async ({ store, direct, proxy, small, file, stamp }) => {
        if (kind === 'UploadPartCopy') await direct.put('source', file, { stamp })
        other.let(() => direct.put('a', small.file, { stamp: small.stamp }))
        const writing =
          kind === 'UploadPart'
            ? store.put('a', file, { stamp })
            : store.copy(store, 'source', 'a', { stamp })
        await expectFailure(writing, 'DM_STORE_CONFLICT')
        assert.is((await readWhole(direct, 'a')).toString(), 'small')
        assert.is(count(proxy, 'CompleteMultipartUpload'), 0)
        assert.is(count(proxy, 'AbortMultipartUpload'), kind === 'UploadPart' ? 0 : 1)
      },
    )
  }
})

test('where the same content came in between, the parts are not completed, and it is no failure', async () => {
  const other = intruder()
  await onBadConnection(
    async (operation) => {
      if (operation === 'UploadPart') await other.enter()
      return null
    },
    async ({ store, direct, proxy, file, stamp }) => {
      other.let(() => direct.put('a', file, { stamp }))
      assert.is((await store.put('a', file, { stamp })).info.bytes, BYTES)
      assert.is(count(proxy, 'CompleteMultipartUpload'), 0)
    },
  )
})

test('an upload that landed otherwise than it was sent is a mismatch', async () => {
  for (const given of [
    { 'content-length': '4', 'x-amz-meta-sha256': sha256('small') },
    { 'content-length': '5', 'x-amz-meta-sha256': sha256('other') },
    { 'content-length': '5' },
  ]) {
    const headers = { ...given, 'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT' }
    await onBadConnection(
      (operation, nth) =>
        operation === 'HeadObject' && nth === 2
          ? { kind: 'answer', status: 200, headers, body: '' }
          : null,
      async ({ store, small: { file, stamp } }) => {
        const failure = await expectFailure(store.put('a', file, { stamp }), 'DM_STORE_MISMATCH')
        assert.is(failure.exit, 3)
      },
    )
  }
  await onBadConnection(
    (operation, nth) =>
      operation === 'HeadObject' && nth === 2 ? refused(404, 'NoSuchKey') : null,
    async ({ store, small: { file, stamp } }) => {
      const failure = await expectFailure(store.put('a', file, { stamp }), 'DM_STORE_MISMATCH')
      assert.match(failure.message, 'not there')
    },
  )
})

test('a part of an earlier run is used again only where its size and MD5 are those of the file', async () => {
  let listed: { uploads: string; parts: Record<string, string> } | null = null
  await onBadConnection(
    (operation, _nth, { url }) => {
      if (listed === null) return null
      const id = new URL(url ?? '', 'http://x').searchParams.get('uploadId') ?? ''
      const { uploads, parts } = listed
      const body = { ListMultipartUploads: uploads, ListParts: parts[id] }[operation]
      return body === undefined ? null : { kind: 'answer', status: 200, body }
    },
    async ({ store, direct, proxy, file, stamp }) => {
      const content = sampleBytes(BYTES)
      const { endpoint, ...access } = { ...ACCESS, endpoint: proxy.endpoint }
      const client = new S3Client({ ...access, endpoint, forcePathStyle: true })
      const object = { Bucket: 'staging', Key: 'a' }
      const Metadata = { sha256: stamp.sha256, repository: 'owner/data' }
      const begin = new CreateMultipartUploadCommand({ ...object, Metadata })
      const { UploadId } = await client.send(begin)
      const Body = content.subarray(0, PART_BYTES)
      await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body }))
      client.destroy()
      const md5 = (part: Buffer): string => createHash('md5').update(part).digest('hex')
      const [first, second, third] = [0, 1, 2].map((index) =>
        content.subarray(index * PART_BYTES, (index + 1) * PART_BYTES),
      )
      if (!first || !second || !third) throw new Error('there are three parts')
      const list = (...parts: readonly (readonly [number, number, Buffer])[]): string =>
        `<ListPartsResult>${parts
          .map(
            ([number, size, bytes]) =>
              `<Part><PartNumber>${number}</PartNumber><Size>${size}</Size><ETag>"${md5(bytes)}"</ETag></Part>`,
          )
          .join('')}</ListPartsResult>`
      const upload = (key: string, id: string): string =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`
      const uploads = [upload('a', `${UploadId}`), upload('a', 'second'), upload('ab', 'other')]
      listed = {
        uploads: `<ListMultipartUploadsResult>${uploads.join('')}</ListMultipartUploadsResult>`,
        parts: {
          // The first is as it was sent; of the second the bytes differ, of the third the size.
          [`${UploadId}`]: list(
            [1, first.length, first],
            [2, second.length, first],
            [3, third.length + 1, third],
          ),
          second: list([3, third.length, first]),
          other: list([1, first.length, first], [2, second.length, second]),
        },
      }
      proxy.operations.splice(0)
      proxy.requests.splice(0)
      const notices: string[] = []
      const onNotice = (sentence: string): unknown => notices.push(sentence)
      const { sentBytes } = await store.put('a', file, { stamp, onNotice })
      assert.is(sentBytes, BYTES - PART_BYTES)
      const sent = proxy.requests
        .filter((_, index) => proxy.operations[index] === 'UploadPart')
        .map(({ url }) => new URL(url ?? '', 'http://x').searchParams.get('partNumber'))
      assert.equal(new Set(sent), new Set(['2', '3']))
      assert.match(notices.join(' '), 'Continuing an earlier upload: 5.0 of')
      assert.is((await hashObject(direct, 'a')).sha256, stamp.sha256)
      assert.is(count(proxy, 'ListParts'), 2)
    },
  )
})

test('a range that was not asked for is refused, and its bytes are not read', async () => {
  const answers: readonly (readonly [number, string | undefined])[] = [
    [206, 'bytes 0-2/5'],
    [206, 'bytes 1-3/5'],
    [206, 'bytes 2-3/5'],
    [206, 'nonsense'],
    [206, undefined],
    [200, undefined],
    [200, 'bytes 1-2/5'],
  ]
  for (const [status, range] of answers) {
    await onBadConnection(
      (operation) =>
        operation === 'GetObject'
          ? {
              kind: 'answer',
              status,
              headers: range === undefined ? {} : { 'content-range': range },
              body: 'mal',
            }
          : null,
      async ({ store }) => {
        const reading = store.open('a', { start: 1, end: 2 })
        assert.match((await expectFailure(reading, 'DM_STORE_FAILED')).message, 'range')
      },
    )
  }
})

test('a range is asked for as it is wanted', () =>
  onBadConnection(
    () => null,
    async ({ store, direct, proxy, small: { file, stamp } }) => {
      await direct.put('a', file, { stamp })
      for (const range of [{ start: 1 }, { end: 2 }, { start: 1, end: 2 }, {}])
        await readWhole(store, 'a', range)
      assert.equal(
        proxy.requests.map(({ headers }) => headers.range),
        ['bytes=1-', 'bytes=0-2', 'bytes=1-2', undefined],
      )
    },
  ))

test('more than a provider copies in one request, 5 GiB, is copied by ranges, each below that', () => {
  const GiB = 1024 ** 3
  const head = { 'content-length': String(12 * GiB), etag: '"0"', 'last-modified': DATE }
  return onBadConnection(
    (operation, _, { url = '' }) => {
      if (operation === 'HeadObject' && url.includes('large'))
        return { kind: 'answer', status: 200, headers: head }
      return operation === 'UploadPartCopy' ? refused(403, 'AccessDenied') : null
    },
    async ({ proxy }) => {
      const place = { bucket: 'staging', name: 'staging', endpoint: proxy.endpoint }
      const store = createS3Store({ ...place, ...ACCESS })
      const stamp = { sha256: sha256('large') }
      await expectFailure(store.copy(store, 'large', 'copy', { stamp }), 'DM_STORE_DENIED')
      assert.is(count(proxy, 'CopyObject'), 0)
      const ranges = proxy.requests.flatMap(({ headers }) => {
        const range = headers['x-amz-copy-source-range']
        return range === undefined
          ? []
          : [String(range).slice('bytes='.length).split('-').map(Number)]
      })
      assert.ok(ranges.length > 0)
      for (const [first = 0, last = Infinity] of ranges) assert.ok(last - first < 5 * GiB)
    },
  )
})

test('the clock is that of the server, and what has no date is not taken for old', () => {
  const date = DATE
  const object = '<Contents><Key>a</Key><Size>5</Size></Contents>'
  const body = `<ListBucketResult>${object}</ListBucketResult>`
  return onBadConnection(
    (operation) =>
      operation === 'HeadObject'
        ? { kind: 'answer', status: 200, headers: { 'content-length': '5' } }
        : { kind: 'answer', status: 200, headers: { date }, body },
    async ({ store }) => {
      assert.equal(await store.now(), new Date(date))
      for (const asking of [store.head('a'), Array.fromAsync(store.list(''))])
        assert.match((await expectFailure(asking, 'DM_STORE_FAILED')).message, 'gave no date')
    },
  )
})

/** A list, as the page of a longer one where it names the next. */
function page(name: string, text: string, isTruncated: boolean): Fault {
  const body = `<${name}><IsTruncated>${isTruncated}</IsTruncated>${text}</${name}>`
  return { kind: 'answer', status: 200, body }
}

test('a list is read to its last page, and one that breaks off is not taken for the whole', async () => {
  const objects = (token: string): string =>
    `<Contents><Key>after-${token}</Key><Size>1</Size>
      <LastModified>2026-01-02T03:04:05Z</LastModified></Contents>`
  const pages = async (...next: readonly (string | null)[]): Promise<string[]> => {
    const keys: string[] = []
    await onBadConnection(
      (_, nth, { url }) => {
        const token = new URL(url ?? '', 'http://x').searchParams.get('continuation-token') ?? ''
        const following = next[nth - 1]
        const mark = following ? `<NextContinuationToken>${following}</NextContinuationToken>` : ''
        return page('ListBucketResult', objects(token) + mark, following !== undefined)
      },
      async ({ store }) => {
        for await (const { key } of store.list('')) keys.push(key)
      },
    )
    return keys
  }
  assert.equal(await pages(), ['after-'])
  assert.equal(await pages('2', '3'), ['after-', 'after-2', 'after-3'])
  for (const broken of [
    ['2', null],
    ['2', '2', '3'],
  ]) {
    const error = await expectFailure(pages(...broken), 'DM_STORE_FAILED')
    assert.match(error.message, 'gave no next page')
  }
})

test('what an earlier run has sent is found on whichever page it stands', async () => {
  const content = sampleBytes(BYTES)
  const etag = (index: number): string =>
    createHash('md5')
      .update(content.subarray(index * PART_BYTES, (index + 1) * PART_BYTES))
      .digest('hex')
  const part = (number: number): string =>
    `<Part><PartNumber>${number}</PartNumber><Size>${PART_BYTES}</Size><ETag>${etag(number - 1)}</ETag></Part>`
  const upload = (key: string): string =>
    `<Upload><Key>${key}</Key><UploadId>id</UploadId></Upload>`
  await onBadConnection(
    (operation, _nth, { url }) => {
      const asked = new URL(url ?? '', 'http://x').searchParams
      if (operation === 'ListMultipartUploads') {
        const isNext = asked.get('key-marker') === 'aa' && asked.get('upload-id-marker') === 'id'
        const mark = '<NextKeyMarker>aa</NextKeyMarker><NextUploadIdMarker>id</NextUploadIdMarker>'
        return page(
          'ListMultipartUploadsResult',
          isNext ? upload('a') : upload('aa') + mark,
          !isNext,
        )
      }
      if (operation === 'ListParts') {
        const isNext = asked.get('part-number-marker') === '1'
        const mark = '<NextPartNumberMarker>1</NextPartNumberMarker>'
        return page('ListPartsResult', isNext ? part(2) : part(1) + mark, !isNext)
      }
      return operation === 'UploadPart' ? refused(400, 'EnoughSeen') : null
    },
    async ({ store, proxy, file, stamp }) => {
      const notices: string[] = []
      const onNotice = (sentence: string): unknown => notices.push(sentence)
      await expectFailure(store.put('a', file, { stamp, onNotice }), 'DM_STORE_FAILED')
      assert.match(notices.join(' '), 'Continuing an earlier upload: 10.0 of')
      assert.equal([count(proxy, 'ListMultipartUploads'), count(proxy, 'ListParts')], [2, 2])
    },
  )
})

test('an earlier upload of other bytes is not continued', () => {
  const upload = '<Upload><Key>a</Key><UploadId>other</UploadId></Upload>'
  const part = `<Part><PartNumber>1</PartNumber><Size>${PART_BYTES}</Size><ETag>"0"</ETag></Part>`
  const bodies: Record<string, string> = {
    ListMultipartUploads: `<ListMultipartUploadsResult>${upload}</ListMultipartUploadsResult>`,
    ListParts: `<ListPartsResult>${part}</ListPartsResult>`,
  }
  return onBadConnection(
    (operation) => {
      const body = bodies[operation]
      return body === undefined ? null : { kind: 'answer', status: 200, body }
    },
    async ({ store, proxy, file, stamp }) => {
      const notices: string[] = []
      const onNotice = (sentence: string): unknown => notices.push(sentence)
      const { sentBytes } = await store.put('a', file, { stamp, onNotice })
      assert.equal([sentBytes, count(proxy, 'CreateMultipartUpload'), notices], [BYTES, 1, []])
    },
  )
})

test('publishing one object costs five requests to the store', () =>
  onBadConnection(
    () => null,
    async ({ store, direct, proxy, small: { file, stamp } }) => {
      await direct.put('staged', file, { stamp })
      await Array.fromAsync(store.list(''))
      const { info } = await store.copy(store, 'staged', 'published', { stamp })
      await hashObject(store, 'published', { bytes: info.bytes })
      assert.equal(proxy.operations, [
        'GET bucket',
        'HeadObject',
        'HeadObject',
        'CopyObject',
        'GetObject',
      ])
    },
  ))

test('an endpoint with a path is asked below it, and is another service than one without', async () => {
  await onBadConnection(
    () => null,
    async ({ direct, proxy }) => {
      const below = (endpoint: string): Store =>
        createS3Store({ ...ACCESS, bucket: 'production', name: 'bucket', endpoint })
      const store = below(`${proxy.endpoint}/minio/`)
      await store.head('a').catch(() => undefined)
      assert.is(proxy.requests[0]?.url, '/minio/bucket/a')
      const stamp = { sha256: sha256('') }
      const { context } = await expectFailure(
        direct.copy(store, 'a', 'b', { stamp }),
        'DM_STORE_KIND',
      )
      assert.equal(context, { from: store.location, to: direct.location })
    },
  )
})

test.run()
