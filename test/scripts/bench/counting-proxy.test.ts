import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startCountingProxy } from '../../../scripts/bench/counting-proxy.ts'
import type { LineSpeed } from '../../../scripts/bench/line.ts'

const test = suite('scripts/bench/counting-proxy')

const ANSWER = Buffer.alloc(50_000, 'a')

/** A server that answers with `ANSWER` to all that it was sent until the other end has ended. */
async function withProxy(
  line: LineSpeed | undefined,
  work: (proxy: { port: number; take: () => object }) => Promise<void>,
): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.resume().once('end', () => socket.end(ANSWER))
    socket.once('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await startCountingProxy(`http://127.0.0.1:${port}`, line)
  try {
    await work({ port: Number(new URL(proxy.endpoint).port), take: proxy.take })
  } finally {
    await proxy.stop()
    server.close()
  }
}

/** Sends so many bytes and returns how many came back. */
async function exchange(port: number, bytes: number): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(Buffer.alloc(bytes))
  return receive(socket)
}

async function receive(socket: Socket): Promise<number> {
  let received = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) received += chunk.length
  return received
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

test('all bytes are counted both ways, and pass unchanged', () =>
  withProxy(undefined, async ({ port, take }) => {
    const received = await Promise.all([exchange(port, 300_000), exchange(port, 7)])
    assert.equal(received, [ANSWER.length, ANSWER.length])
    assert.equal(take(), { sent: 300_007, received: 2 * ANSWER.length })
    assert.equal(take(), { sent: 0, received: 0 })
  }))

test('a line is no faster than it is, however many connections share it', () =>
  // 4 bytes each microsecond: 100 ms for what is sent, 25 ms for the answers.
  withProxy({ bitsPerSecond: 32e6, delayMs: 0 }, async ({ port }) => {
    const alone = await timed(() => exchange(port, 400_000))
    const shared = await timed(() => Promise.all([1, 2, 3, 4].map(() => exchange(port, 100_000))))
    for (const [ms, least] of [
      [alone, 112.5],
      [shared, 112.5],
    ] as const) {
      assert.ok(ms > least - 10, `${ms} ms are too few`)
      assert.ok(ms < least * 4, `${ms} ms are too many`)
    }
  }))

test('every byte takes the delay, both ways, and so does opening a connection', () =>
  withProxy({ bitsPerSecond: 1e9, delayMs: 25 }, async ({ port }) => {
    const ms = await timed(() => exchange(port, 1))
    assert.ok(ms > 95, `${ms} ms are too few`)
    assert.ok(ms < 400, `${ms} ms are too many`)
    // What is on its way together arrives together.
    const many = await timed(() => exchange(port, 1_000_000))
    assert.ok(many < 400, `${many} ms are too many`)
  }))

test('an end that breaks breaks the other', () =>
  withProxy(undefined, async ({ port }) => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.resetAndDestroy()
    // Stopping the proxy then waits for nothing.
    await once(socket, 'close')
  }))

test.run()
