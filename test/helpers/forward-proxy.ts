import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

export interface ForwardProxy {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** What was asked for: `GET http://host/path`, `CONNECT host:port`. */
  readonly asked: string[]
  readonly stop: () => Promise<void>
}

/** A proxy as companies have it, which takes every request to one server, whatever host it names. */
export async function startForwardProxy(target: URL): Promise<ForwardProxy> {
  const asked: string[] = []
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    const { pathname, search } = new URL(incoming.url ?? '/')
    const { method, headers } = incoming
    const url = new URL(pathname + search, target)
    const forwarded = request(url, { method, headers, agent: false }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  })
  const tunnels: Duplex[] = []
  server.on('connect', (incoming, socket) => {
    tunnels.push(socket)
    asked.push(`CONNECT ${incoming.url}`)
    const upstream = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket)
      socket.pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    socket.on('error', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      for (const tunnel of tunnels) tunnel.destroy()
      await closed
    },
  }
}
