import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createHttpReader } from '../../../lib/store/http/reader.ts'
import {
  planSegments,
  readSegments,
  type ReadSegmentsOptions,
  type Segment,
} from '../../../lib/store/read-segments.ts'
import type { ReadableStore } from '../../../lib/store/store.ts'
import { failure } from '../../helpers/failure.ts'
import {
  serveObject,
  withWebServer,
  type Answer,
  type WebServer,
} from '../../helpers/web-server.ts'
import { sampleBytes } from './conformance/store-fixture.ts'
import { onObject } from './receive-scene.ts'

const test = suite('lib/store/read-segments')

const BYTES = 1_000_003
const content = sampleBytes(BYTES)
const segments = planSegments(0, BYTES, 100_000)

/** A public bucket that answers like that. */
function onBucket(
  answer: Answer,
  body: (store: ReadableStore, server: WebServer) => Promise<void>,
): Promise<void> {
  return withWebServer(answer, (server) =>
    body(createHttpReader({ bucket: 'production', url: server.url }), server),
  )
}

async function read(
  store: ReadableStore,
  wanted: readonly Segment[] = segments,
  options: ReadSegmentsOptions = {},
): Promise<Buffer[]> {
  const pieces: Buffer[] = []
  for await (const piece of readSegments(store, 'a', wanted, options)) {
    pieces.push(Buffer.from(piece))
  }
  return pieces
}

const rangesOf = ({ requests }: WebServer): unknown[] => requests.map((one) => one.headers.range)

test('segments cover what lies between two bytes, without gaps', () => {
  assert.equal(planSegments(5, 5, 10), [])
  assert.equal(planSegments(5, 26, 10), [
    { start: 5, bytes: 10 },
    { start: 15, bytes: 10 },
    { start: 25, bytes: 1 },
  ])
})

test('ranges are fetched several at a time, and given in their order whichever comes first', () => {
  let most = 0
  const waiting: (() => void)[] = []
  const serve = serveObject(content)
  const answer: Answer = (request, response, nth) => {
    waiting.push(() => serve(request, response, nth))
    most = Math.max(most, waiting.length)
    // The last one that came is answered first.
    if (waiting.length === 3 || nth > 8) for (const one of waiting.splice(0).toReversed()) one()
  }
  return onBucket(answer, async (store, server) => {
    let received = 0
    const onReceived = (bytes: number): unknown => (received += bytes)
    const pieces = await read(store, segments, { concurrency: 3, total: BYTES, onReceived })
    assert.ok(Buffer.concat(pieces).equals(content))
    assert.equal([most, received, server.requests.length], [3, BYTES, 11])
    assert.equal(new Set(rangesOf(server)).size, 11)
  })
})

test('ranges with something between them are read as well, and memory is used again', () =>
  onBucket(serveObject(content), async (store) => {
    const wanted = [
      { start: 10, bytes: 200_000 },
      { start: 300_000, bytes: 7 },
      ...planSegments(400_000, 900_000, 50_000),
    ]
    const seen = new Set<unknown>()
    const pieces: Buffer[] = []
    for await (const piece of readSegments(store, 'a', wanted, { concurrency: 2 })) {
      seen.add(piece.buffer)
      pieces.push(Buffer.from(piece))
    }
    const parts = wanted.map(({ start, bytes }) => content.subarray(start, start + bytes))
    assert.ok(Buffer.concat(pieces).equals(Buffer.concat(parts)))
    assert.ok(seen.size <= 3)
  }))

test('whoever uses them slowly has no more in memory than are fetched at once, and one', () =>
  onBucket(serveObject(content), async (store, server) => {
    const pieces = readSegments(store, 'a', segments, { concurrency: 2 })
    await pieces.next()
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.is(server.requests.length, 3)
    await pieces.return()
  }))

test('a segment that breaks goes on where it broke', () => {
  const serve = serveObject(content)
  const answer: Answer = (request, response, nth) => {
    if (request.headers.range !== 'bytes=200000-299999') return serve(request, response, nth)
    response.writeHead(206, {
      'content-length': 100_000,
      'content-range': `bytes 200000-299999/${BYTES}`,
    })
    response.write(content.subarray(200_000, 230_000), () =>
      setTimeout(() => response.destroy(), 20),
    )
  }
  return onBucket(answer, async (store, server) => {
    assert.ok(Buffer.concat(await read(store)).equals(content))
    assert.ok(rangesOf(server).includes('bytes=230000-299999'))
    assert.is(server.requests.length, segments.length + 1)
  })
})

test('a server that ignores ranges is read in one go, which is said', () =>
  onBucket(
    (_, response) => response.end(content),
    async (store, server) => {
      for (const [start, end] of [
        [0, BYTES],
        [150_000, 950_000],
      ] as const) {
        const before = server.requests.length
        const notices: string[] = []
        const wanted = [{ start, bytes: 70_000 }, ...planSegments(start + 100_000, end, 100_000)]
        const pieces = await read(store, wanted, {
          concurrency: 2,
          onNotice: (sentence) => notices.push(sentence),
        })
        const parts = [
          content.subarray(start, start + 70_000),
          content.subarray(start + 100_000, end),
        ]
        assert.ok(Buffer.concat(pieces).equals(Buffer.concat(parts)))
        assert.match(notices.join(), 'ignores ranges')
        assert.is(
          rangesOf(server)
            .slice(before)
            .filter((range) => range === undefined).length,
          1,
        )
        assert.ok(server.requests.length - before <= 3)
      }
    },
  ))

test('a server that ignores ranges only where a segment broke is read on from there', () => {
  const large = sampleBytes(4_000_003)
  const answer: Answer = (_, response, nth) => {
    if (nth > 1) return void response.end(large)
    response.writeHead(206, {
      'content-length': 3_000_000,
      'content-range': `bytes 0-2999999/${large.length}`,
    })
    response.write(large.subarray(0, 2_000_000), () => setTimeout(() => response.destroy(), 20))
  }
  return onBucket(answer, async (store) => {
    const wanted = planSegments(0, large.length, 3_000_000)
    const pieces = await read(store, wanted, { concurrency: 1 })
    assert.ok(pieces.length > 2 && Buffer.concat(pieces).equals(large))
  })
})

test('another range than the one that was asked for is refused', () =>
  onBucket(
    (_, response) =>
      response
        .writeHead(206, { 'content-range': `bytes 1-100000/${BYTES}` })
        .end(content.subarray(1, 100_001)),
    async (store) => void (await failure('DM_STORE_FAILED', () => read(store))),
  ))

test('an object that is replaced meanwhile is not mixed with what it was', async () => {
  const other = sampleBytes(BYTES, 'other')
  const old = serveObject(content, { etag: '"old"' })
  for (const replaced of [serveObject(other, { etag: '"new"' }), serveObject(other.subarray(1))]) {
    const answer: Answer = (request, response, nth) =>
      (nth <= 3 ? old : replaced)(request, response, nth)
    await onBucket(answer, async (store) => {
      const seen: Buffer[] = []
      await failure('DM_STORE_MISMATCH', async () => {
        const options = { concurrency: 2, total: BYTES }
        for await (const piece of readSegments(store, 'a', segments, options)) {
          seen.push(Buffer.from(piece))
        }
      })
      const came = Buffer.concat(seen)
      assert.ok(came.length >= 200_000 && came.equals(content.subarray(0, came.length)))
    })
  }
})

test('one of another size than it is known to have is refused, also where ranges are ignored', async () => {
  const answers: readonly Answer[] = [
    serveObject(content.subarray(1)),
    serveObject(Buffer.concat([content, content])),
    (_, response) => response.end('<html>Welcome to this network</html>'),
  ]
  for (const answer of answers) {
    await onBucket(answer, async (store) => {
      await failure('DM_STORE_MISMATCH', () => read(store, segments, { total: BYTES }))
    })
  }
})

test('what came before a failure is given', () => {
  const answer: Answer = (_, response, nth) => {
    if (nth > 1) return void response.writeHead(404).end()
    response.writeHead(206, {
      'content-length': BYTES,
      'content-range': `bytes 0-${BYTES - 1}/${BYTES}`,
    })
    response.write(content.subarray(0, 500_000), () => setTimeout(() => response.destroy(), 20))
  }
  const whole = planSegments(0, BYTES, BYTES)
  return onBucket(answer, async (store) => {
    let came = 0
    await failure('DM_STORE_NOT_FOUND', async () => {
      for await (const piece of readSegments(store, 'a', whole)) {
        came += piece.length
      }
    })
    assert.ok(came > 0 && came <= 500_000)
  })
})

test('an abort ends what is under way, with its reason', () =>
  onBucket(
    (_, response) => response.flushHeaders(),
    async (store) => {
      const controller = new AbortController()
      const reading = read(store, segments, { signal: controller.signal })
      const reason = new Error('stop')
      setTimeout(() => controller.abort(reason), 20)
      assert.is(await reading.catch((error: unknown) => error), reason)
    },
  ))

test('a folder is read by ranges, and tells one file from another', () =>
  onObject(content, async ({ store, expected: { key } }) => {
    const pieces: Buffer[] = []
    for await (const piece of readSegments(store, key, segments, { total: BYTES })) {
      pieces.push(Buffer.from(piece))
    }
    assert.ok(Buffer.concat(pieces).equals(content))
    const versions = []
    for (let time = 0; time < 2; time++) {
      const body = await store.open(key)
      versions.push(body.version)
      body.destroy()
    }
    assert.ok(versions[0] !== undefined && versions[0] === versions[1])
  }))

test.run()
