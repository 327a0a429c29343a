import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError, isDmError } from '../../../../lib/errors/dm-error.ts'
import type { ByteSource } from '../../../../lib/store/byte-source.ts'
import { hashObject } from '../../../../lib/store/read-object.ts'
import { createPartBuffers } from '../../../../lib/store/s3/part-buffers.ts'
import type { ChooseFault } from '../../../helpers/fault-proxy.ts'
import { expectFailure, PART_BYTES, sampleBytes } from '../conformance/store-fixture.ts'
import { BYTES, count, onBadConnection } from './bad-connection.ts'

const test = suite('lib/store/s3: streams')

/** A stream that can be read once, in order. */
interface Stream extends ByteSource {
  readonly seen: { opened: number; ended: number; read: number; isAborted: boolean }
}

function stream(content: Buffer, about: Partial<ByteSource> = {}): Stream {
  const seen = { opened: 0, ended: 0, read: 0, isAborted: false }
  const reused = Buffer.alloc(700_001)
  return {
    name: 'generated',
    bytes: content.length,
    async *open(signal) {
      seen.opened++
      signal?.addEventListener('abort', () => (seen.isAborted = true))
      try {
        for (let at = 0; at < content.length; at += reused.length) {
          signal?.throwIfAborted()
          const size = content.copy(reused, 0, at, Math.min(content.length, at + reused.length))
          seen.read += size
          yield reused.subarray(0, size)
          // Whoever still reads from it sees that.
          reused.fill(0)
        }
      } finally {
        seen.ended++
      }
    },
    verifyUnchanged: () => Promise.resolve(),
    ...about,
    seen,
  }
}

const content = sampleBytes(BYTES)

test('a stream is read once, also where its parts are sent again', () =>
  onBadConnection(
    (operation, nth) =>
      operation === 'UploadPart' && nth <= 2 ? { kind: 'cut-request', afterBytes: 100_000 } : null,
    async ({ store, direct, proxy, stamp }) => {
      const source = stream(content)
      assert.is((await store.put('a', source, { stamp })).sentBytes, BYTES)
      assert.equal(source.seen, { opened: 1, ended: 1, read: BYTES, isAborted: true })
      assert.is(count(proxy, 'UploadPart'), 5)
      assert.is((await hashObject(direct, 'a')).sha256, stamp.sha256)
    },
  ))

test('bytes that are found to be wrong when all were read are no object, and no upload stays', async () => {
  const broken = new DmError('DM_FILE_CHANGED', { file: 'generated' })
  const wrong: readonly Partial<ByteSource>[] = [
    { verifyUnchanged: () => Promise.reject(broken) },
    { bytes: BYTES - 1 },
    { bytes: BYTES + 1 },
  ]
  for (const about of wrong) {
    await onBadConnection(
      () => null,
      async ({ store, direct, proxy, stamp }) => {
        const source = stream(content, about)
        await expectFailure(store.put('a', source, { stamp }), 'DM_FILE_CHANGED')
        assert.equal([source.seen.ended, await direct.head('a')], [1, null])
        const operations = ['CompleteMultipartUpload', 'AbortMultipartUpload']
        assert.equal(
          operations.map((operation) => count(proxy, operation)),
          [0, 1],
        )
      },
    )
  }
})

test('a stream is told where nobody takes its bytes any more, and what it fails with is what is thrown', () => {
  let isRefused = true
  return onBadConnection(
    (operation) => {
      if (operation !== 'UploadPart' || !isRefused) return null
      isRefused = false
      return { kind: 'answer', status: 403, code: 'AccessDenied' }
    },
    async ({ store, direct, proxy, stamp }) => {
      const source = stream(content)
      await expectFailure(store.put('a', source, { stamp }), 'DM_STORE_DENIED')
      assert.equal([source.seen.ended, source.seen.isAborted], [1, true])

      // It has no more for now, and would wait for ever.
      const waiting = stream(content, {
        async *open(signal) {
          yield content.subarray(0, PART_BYTES)
          await new Promise((_, reject) => {
            signal?.addEventListener('abort', () => reject(signal.reason as Error))
          })
        },
      })
      isRefused = true
      const late = sleep(5000, 'late', { ref: false })
      const ended = store.put('c', waiting, { stamp }).catch((error: unknown) => error)
      assert.ok(isDmError(await Promise.race([ended, late]), 'DM_STORE_DENIED'))

      const reason = new Error('the connection broke')
      const failing = stream(content, {
        async *open() {
          yield content.subarray(0, PART_BYTES + 1)
          throw reason
        },
      })
      const put = store.put('b', failing, { stamp })
      assert.is(await put.catch((error: unknown) => error), reason)
      // What was right of it can be continued.
      assert.is(count(proxy, 'AbortMultipartUpload'), 0)
      assert.is(await direct.head('b'), null)
    },
  )
})

/** Unfinished uploads of `a`, by their id: which parts each has, of what. */
function unfinished(uploads: Record<string, Record<number, Buffer>>): ChooseFault {
  const ids = Object.keys(uploads)
    .map((id) => `<Upload><Key>a</Key><UploadId>${id}</UploadId></Upload>`)
    .join('')
  const parts = (id: string): string =>
    Object.entries(uploads[id] ?? {})
      .map(([number, bytes]) => {
        const etag = createHash('md5').update(bytes).digest('hex').toUpperCase()
        return `<Part><PartNumber>${number}</PartNumber><Size>${bytes.length}</Size><ETag>"${etag}"</ETag></Part>`
      })
      .join('')
  return (operation, _nth, { url }) => {
    const id = new URL(url ?? '', 'http://x').searchParams.get('uploadId') ?? ''
    const bodies: Record<string, string> = {
      ListMultipartUploads: `<ListMultipartUploadsResult>${ids}</ListMultipartUploadsResult>`,
      ListParts: `<ListPartsResult>${parts(id)}</ListPartsResult>`,
      UploadPart: '',
      CompleteMultipartUpload: '<Error><Code>EnoughSeen</Code></Error>',
    }
    const body = bodies[operation]
    if (body === undefined) return null
    const headers = operation === 'UploadPart' ? { etag: '"sent"' } : {}
    const status = operation === 'CompleteMultipartUpload' ? 400 : 200
    return { kind: 'answer', status, headers, body }
  }
}

test('of several unfinished uploads one is continued that has the bytes, whichever parts it has', async () => {
  const [first, second, third] = [0, 1, 2].map((index) =>
    content.subarray(index * PART_BYTES, (index + 1) * PART_BYTES),
  )
  if (!first || !second || !third) throw new Error('there are three parts')
  const other = sampleBytes(PART_BYTES, 'other')
  const cases = [
    // Most of it in one of them, but of other bytes.
    [{ x: { 1: other, 2: other }, y: { 1: first } }, 'y', [2, 3]],
    // The first part was still under way when a run was killed.
    [{ x: { 2: other, 3: third }, y: { 2: second } }, 'y', [1, 3]],
    [{ x: { 1: first }, y: { 1: first, 2: second } }, 'y', [3]],
    [{ y: { 1: first, 2: second, 3: third } }, 'y', []],
    [{ x: { 2: other }, y: { 3: other } }, null, [1, 2, 3]],
  ] as const
  for (const [uploads, id, sent] of cases) {
    const source = stream(content)
    await onBadConnection(unfinished(uploads), async ({ store, proxy, stamp }) => {
      await expectFailure(store.put('a', source, { stamp }), 'DM_STORE_FAILED')
      const asked = (kind: string): URLSearchParams[] =>
        proxy.requests
          .filter((_, index) => proxy.operations[index] === kind)
          .map(({ url }) => new URL(url ?? '', 'http://x').searchParams)
      const numbers = asked('UploadPart').map((query) => Number(query.get('partNumber')))
      assert.equal(new Set(numbers), new Set<number>(sent))
      assert.is(numbers.length, sent.length)
      const [completed] = asked('CompleteMultipartUpload')
      if (id !== null) assert.is(completed?.get('uploadId'), id)
      assert.is(count(proxy, 'CreateMultipartUpload'), id === null ? 1 : 0)
      assert.equal([source.seen.opened, source.seen.read], [1, BYTES])
    })
  }
})

test('parts in flight share so many buffers, however many uploads there are', async () => {
  const buffers = createPartBuffers(2)
  const { signal } = new AbortController()
  const [a, b] = [await buffers.take(10, signal), await buffers.take(10, signal)]
  const order: string[] = []
  const leaving = new AbortController()
  const left = buffers.take(10, leaving.signal).catch(() => order.push('left'))
  const waiting = buffers.take(20, signal).then((buffer) => {
    order.push('woken')
    return buffer
  })
  leaving.abort(new Error('stop'))
  await left
  assert.equal(order, ['left'])
  buffers.give(a)
  const larger = await waiting
  assert.equal([order, larger.length], [['left', 'woken'], 20])
  buffers.give(larger)
  assert.is(await buffers.take(15, signal), larger)
  buffers.give(b)
})

test.run()
