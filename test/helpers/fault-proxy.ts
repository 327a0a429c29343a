import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { RESERVED_FOLDER } from '../../lib/store/verify-key.ts'

/** What goes wrong with one request. */
export type Fault =
  /** The connection breaks while the request comes in; the server never sees its end. */
  | { readonly kind: 'cut-request'; readonly afterBytes: number }
  /** The proxy answers in the server's place. */
  | {
      readonly kind: 'answer'
      readonly status: number
      /** The server's name for an error. */
      readonly code?: string
      readonly headers?: Readonly<Record<string, string>>
      /** Default: the error. */
      readonly body?: string
    }
  /** The server does what is asked, but the connection breaks before its answer arrives. */
  | { readonly kind: 'lose-answer' }
  /** The connection breaks while the answer comes. */
  | { readonly kind: 'cut-answer'; readonly afterBytes: number }
  | { readonly kind: 'delay'; readonly ms: number }

export interface FaultProxy {
  readonly endpoint: string
  /** The operations that were asked for, in order: `HeadObject`, `UploadPart`, … */
  readonly operations: string[]
  /** The requests as they came in, in the same order. */
  readonly requests: IncomingMessage[]
  readonly stop: () => Promise<void>
}

/** What is to go wrong with the nth (from 1) request for this operation; null: nothing. */
export type ChooseFault = (
  operation: string,
  nth: number,
  request: IncomingMessage,
) => Fault | null | Promise<Fault | null>

/**
 * Starts a proxy on a free port in front of a real S3 server.
 *
 * @param aheadMs by how much the server's clock, as it is asked for, is moved ahead
 */
export async function startFaultProxy(
  target: string,
  choose: ChooseFault,
  aheadMs: () => number = () => 0,
): Promise<FaultProxy> {
  const operations: string[] = []
  const requests: IncomingMessage[] = []
  const server = createServer((incoming, outgoing) => {
    const operation = readOperation(incoming)
    operations.push(operation)
    requests.push(incoming)
    const nth = operations.filter((other) => other === operation).length
    const chosen = Promise.resolve(choose(operation, nth, incoming))
    const movesMs = isForTheTime(incoming) ? aheadMs() : 0
    serve(target, incoming, outgoing, chosen, movesMs).catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    operations,
    requests,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function serve(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  chosen: Promise<Fault | null>,
  movesMs: number,
): Promise<void> {
  const fault = await chosen
  if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { ref: false })
  if (fault?.kind === 'cut-request') return cut(incoming, fault.afterBytes)
  if (fault?.kind === 'answer') return answer(incoming, outgoing, fault)

  const url = new URL(incoming.url ?? '/', target)
  const { method, headers } = incoming
  const forwarded = request(url, { method, headers, agent: false })
  incoming.pipe(forwarded)
  incoming.once('close', () => incoming.complete || forwarded.destroy())
  const [response] = (await once(forwarded, 'response')) as [IncomingMessage]
  if (fault?.kind === 'lose-answer') {
    response.resume()
    await once(response, 'end')
    incoming.socket.destroy()
    return
  }
  const { date = '' } = response.headers
  const moved = new Date(Date.parse(date) + movesMs).toUTCString()
  outgoing.writeHead(response.statusCode ?? 502, {
    ...response.headers,
    // Of an answer that has an age, nobody who signs takes the time: the server would refuse it.
    ...(movesMs === 0 || response.statusCode !== 200 ? {} : { date: moved, age: '0' }),
  })
  if (fault?.kind !== 'cut-answer') {
    response.pipe(outgoing)
    return
  }
  let passed = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    outgoing.write(chunk.subarray(0, fault.afterBytes - passed))
    passed += chunk.length
    if (passed >= fault.afterBytes) break
  }
  // What was written is to arrive before the connection breaks.
  await sleep(20)
  incoming.socket.destroy()
}

async function cut(incoming: IncomingMessage, afterBytes: number): Promise<void> {
  let taken = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    taken += chunk.length
    if (taken >= afterBytes) break
  }
  incoming.socket.destroy()
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, code, headers, body }: Extract<Fault, { kind: 'answer' }>,
): Promise<void> {
  incoming.resume()
  await once(incoming, 'end')
  const text = body ?? `<Error><Code>${code}</Code></Error>`
  outgoing.writeHead(status, { 'content-type': 'application/xml', ...headers })
  outgoing.end(incoming.method === 'HEAD' ? '' : text)
}

/** Whether a request lists where nothing can be, as dm does for the server's clock. */
function isForTheTime({ method, url }: IncomingMessage): boolean {
  const { searchParams } = new URL(url ?? '/', 'http://proxy')
  return method === 'GET' && searchParams.get('prefix') === `${RESERVED_FOLDER}/`
}

/** Which S3 operation a request is. */
function readOperation({ method, url, headers }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://proxy')
  const hasKey = pathname.split('/').filter((segment) => segment !== '').length > 1
  const isCopy = headers['x-amz-copy-source'] !== undefined
  const isPart = searchParams.has('uploadId')
  if (!hasKey) return searchParams.has('uploads') ? 'ListMultipartUploads' : `${method} bucket`
  switch (method) {
    case 'HEAD':
      return 'HeadObject'
    case 'GET':
      return isPart ? 'ListParts' : 'GetObject'
    case 'POST':
      return isPart ? 'CompleteMultipartUpload' : 'CreateMultipartUpload'
    case 'DELETE':
      return isPart ? 'AbortMultipartUpload' : 'DeleteObject'
    default:
      if (isPart) return isCopy ? 'UploadPartCopy' : 'UploadPart'
      return isCopy ? 'CopyObject' : 'PutObject'
  }
}
