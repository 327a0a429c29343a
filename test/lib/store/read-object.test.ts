import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createHttpReader } from '../../../lib/store/http/reader.ts'
import { hashObject, readObject } from '../../../lib/store/read-object.ts'
import type { ReadableStore } from '../../../lib/store/store.ts'
import { failure } from '../../helpers/failure.ts'
import { withWebServer, type Answer } from '../../helpers/web-server.ts'
import { sampleBytes, sha256 } from './conformance/store-fixture.ts'

const test = suite('lib/store/read-object')

const content = sampleBytes(200_000)

/** Reads an object of 200,000 bytes from a server that answers like that; how many bytes came. */
async function read(
  answer: Answer,
  silenceMs: number,
): Promise<{ hash: string; requests: number }> {
  let result = { hash: '', requests: 0 }
  await withWebServer(answer, async ({ url, requests }) => {
    const store = createHttpReader({ bucket: 'production', url })
    const chunks: Buffer[] = []
    const options = { bytes: content.length, silenceMs }
    for await (const chunk of readObject(store, 'a', options)) chunks.push(Buffer.from(chunk))
    result = { hash: sha256(Buffer.concat(chunks)), requests: requests.length }
  })
  return result
}

/** The rest of the content from where the request wants it; `send` begins with it. */
function rest(send: (response: Parameters<Answer>[1], rest: Buffer, nth: number) => void): Answer {
  return ({ headers: { range } }, response, nth) => {
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const size = content.length
    const contentRange = `bytes ${start}-${size - 1}/${size}`
    const isRange = range !== undefined
    response.writeHead(isRange ? 206 : 200, {
      'content-length': size - start,
      ...(isRange ? { 'content-range': contentRange } : {}),
    })
    send(response, content.subarray(start), nth)
  }
}

test('a body that falls silent is opened again at the byte that comes next', async () => {
  const answer = rest((response, bytes, nth) => {
    if (nth > 2) response.end(bytes)
    else response.write(bytes.subarray(0, 50_000))
  })
  assert.equal(await read(answer, 200), { hash: sha256(content), requests: 3 })
})

test('a body that trickles is no better than a silent one', async () => {
  const answer = rest((response, bytes, nth) => {
    if (nth > 1) return void response.end(bytes)
    let offset = 0
    const timer = setInterval(() => {
      response.write(bytes.subarray(offset, ++offset))
    }, 20)
    response.once('close', () => clearInterval(timer))
  })
  assert.equal(await read(answer, 300), { hash: sha256(content), requests: 2 })
})

test('a body that is slow all the time, but does not trickle, is read in one go', async () => {
  const answer = rest((response, bytes) => {
    let offset = 0
    const timer = setInterval(() => {
      response.write(bytes.subarray(offset, (offset += 20_000)))
      if (offset < bytes.length) return
      clearInterval(timer)
      response.end()
    }, 50)
  })
  assert.equal(await read(answer, 300), { hash: sha256(content), requests: 1 })
})

test('a slow reader is not taken for a silent server', async () => {
  const pieces = Array.from({ length: 4 }, (_, index) =>
    content.subarray(index * 50_000, (index + 1) * 50_000),
  )
  let opened = 0
  const store: ReadableStore = {
    bucket: 'production',
    location: 'memory',
    head: () => Promise.resolve(null),
    open() {
      opened++
      return Promise.resolve(Readable.from(pieces))
    },
  }
  let done = 0
  for await (const chunk of readObject(store, 'a', { bytes: content.length, silenceMs: 100 })) {
    await new Promise((resolve) => setTimeout(resolve, 150))
    done += chunk.length
  }
  assert.equal([done, opened], [content.length, 1])
})

test('bodies that stay silent, or end too early, are given up after six times', async () => {
  let requests = 0
  const silent = rest((response) => response.flushHeaders())
  const answer: Answer = (request, response, nth) => {
    requests++
    if (nth % 2 === 1) return silent(request, response, nth)
    // In chunks, without a length.
    response.flushHeaders()
    response.end()
  }
  const error = await failure('DM_STORE_UNAVAILABLE', () => read(answer, 50))
  assert.match(error.message, 'the connection ended after 0 of 200000 bytes')
  assert.is(requests, 6)
})

test('more bytes than an object has are not read on', () =>
  withWebServer(
    (_, response) => response.end(content),
    async ({ url }) => {
      const store = createHttpReader({ bucket: 'production', url })
      let seen = 0
      const reading = async (): Promise<void> => {
        for await (const chunk of readObject(store, 'a', { bytes: 10 })) seen += chunk.length
      }
      await failure('DM_STORE_MISMATCH', reading)
      assert.is(seen, 0)
    },
  ))

test('an object that says another size than it is known to have is not read', () =>
  withWebServer(
    (_, response) => response.end(content),
    async ({ url, requests }) => {
      const store = createHttpReader({ bucket: 'production', url })
      const bytes = content.length + 1
      await failure('DM_STORE_MISMATCH', () => hashObject(store, 'a', { bytes }))
      assert.is(requests.length, 1)
    },
  ))

test('an object whose size is known is hashed without a look', () =>
  withWebServer(
    (_, response) => response.end(content),
    async ({ url, requests }) => {
      const store = createHttpReader({ bucket: 'production', url })
      const hashed = await hashObject(store, 'a', { bytes: content.length })
      assert.equal(hashed, { sha256: sha256(content), bytes: content.length })
      assert.equal(
        requests.map(({ method }) => method),
        ['GET'],
      )
    },
  ))

test.run()
