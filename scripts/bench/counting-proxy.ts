import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Lane, type LineSpeed, openLane } from './line.ts'

/** Bytes that have passed: TCP payload, so with the headers of HTTP, without those of TCP and IP. */
export interface Passed {
  readonly sent: number
  readonly received: number
}

export interface CountingProxy {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  /** What has passed since the last call, as the client sees it. */
  readonly take: () => Passed
  readonly stop: () => Promise<void>
}

/**
 * Starts a TCP proxy on a free port of loopback that counts the bytes both ways; with a line, all
 * connections share it.
 *
 * @param target `http://host:port`
 */
export async function startCountingProxy(target: string, line?: LineSpeed): Promise<CountingProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const passed = { sent: 0, received: 0 }
  const open = new Set<Socket>()
  const up = line === undefined ? null : openLane(line)
  const down = line === undefined ? null : openLane(line)
  const delayMs = line?.delayMs ?? 0

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const far = connect({
      host: hostname,
      port: Number(targetPort),
      allowHalfOpen: true,
      noDelay: true,
    })
    for (const socket of [client, far]) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      // One end that breaks breaks the other.
      socket.once('error', () => [client, far].forEach((one) => one.destroy()))
    }
    const count = (way: keyof typeof passed) => (bytes: number) => (passed[way] += bytes)
    const gone = (): void => [client, far].forEach((one) => one.destroy())
    // To open a connection takes a way there and back before the first byte goes.
    const greeting = delayMs === 0 ? undefined : sleep(2 * delayMs)
    forward(client, far, { lane: up, delayMs, greeting, count: count('sent') }).catch(gone)
    forward(far, client, { lane: down, delayMs, count: count('received') }).catch(gone)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    take() {
      const taken = { ...passed }
      passed.sent = 0
      passed.received = 0
      return taken
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

interface Way {
  readonly lane: Lane | null
  readonly delayMs: number
  readonly greeting?: Promise<void> | undefined
  readonly count: (bytes: number) => void
}

/** Reads no faster than the line takes it, so that the sender feels the line. */
async function forward(from: Socket, to: Socket, way: Way): Promise<void> {
  await way.greeting
  let arrived = Promise.resolve()
  for await (const chunk of from as AsyncIterable<Buffer>) {
    way.count(chunk.length)
    if (way.lane === null) {
      await write(to, chunk)
      continue
    }
    await way.lane.enter(chunk.length)
    // On its way while the next chunk enters; the order stays.
    arrived = arrive(arrived, sleep(way.delayMs), to, chunk)
    arrived.catch(() => to.destroy())
  }
  await arrived
  to.end()
}

async function arrive(
  before: Promise<void>,
  delay: Promise<void>,
  to: Socket,
  chunk: Buffer,
): Promise<void> {
  await delay
  await before
  await write(to, chunk)
}

async function write(to: Socket, chunk: Buffer): Promise<void> {
  if (to.destroyed) throw new Error('the other end is gone')
  if (to.write(chunk)) return
  // Aborted with the socket, which may end without having drained.
  const closed = new AbortController()
  const close = (): void => closed.abort()
  to.once('close', close)
  try {
    await once(to, 'drain', { signal: closed.signal })
  } finally {
    to.off('close', close)
  }
}
