import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came in. */
export interface SeenRequest {
  readonly method: string
  /** Path and query, still encoded. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

export interface WebServer {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string
  readonly requests: readonly SeenRequest[]
}

/** Answers the nth request, counted from 1. */
export type Answer = (request: IncomingMessage, response: ServerResponse, nth: number) => void

/** Runs a test body beside a web server on a free port of this machine, and stops it. */
export async function withWebServer(
  answer: Answer,
  body: (server: WebServer) => Promise<void>,
): Promise<void> {
  const requests: SeenRequest[] = []
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    requests.push({ method, url, headers })
    answer(incoming, outgoing, requests.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await body({ url: `http://127.0.0.1:${port}/`, requests })
  } finally {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
}

/** Answers as a public bucket does that holds this one object under every key. */
export function serveObject(content: Buffer, headers: Record<string, string> = {}): Answer {
  return ({ method, headers: { range } }, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
    const start = Number(from ?? 0)
    const last = content.length - 1
    const end = to === undefined || to === '' ? last : Math.min(last, Number(to))
    const sent = content.subarray(start, end + 1)
    response.writeHead(from === undefined ? 200 : 206, {
      'content-length': sent.length,
      ...(from === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${content.length}` }),
      ...headers,
    })
    response.end(method === 'HEAD' ? undefined : sent)
  }
}
