import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gitTestEnvironment } from './git-test-environment.ts'

/**
 * What the server does with a request: answer it; `cut` the connection before git sees it; let git
 * do it and `swallow` the answer; or answer with this status code and nothing else.
 */
export type Treatment = 'answer' | 'cut' | 'swallow' | number

export interface GitHttpServerOptions {
  /** Asked for every request, such as `POST /remote.git/git-receive-pack`; default: answer. */
  readonly treat?: (request: string) => Treatment | Promise<Treatment>
  /** `user:password` that every request must carry. */
  readonly credentials?: string
  /** Answers what is for something else beside git; returns false for what is not. */
  readonly beside?: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** A smart-HTTP remote for every bare repository below a folder. */
export interface GitHttpServer {
  /** `http://127.0.0.1:<port>/<name>`. */
  readonly url: (name: string) => string
  /** What has been asked so far: method, path and query. */
  readonly requests: readonly string[]
  readonly close: () => Promise<void>
}

/** Serves the bare repositories below `root` by `git http-backend`, pushes included. */
export async function gitHttpServer(
  root: string,
  options: GitHttpServerOptions = {},
): Promise<GitHttpServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    if (options.beside?.(request, response) === true) return
    const name = `${request.method} ${request.url}`
    requests.push(name)
    Promise.resolve(treatmentOf(request, name, options))
      .then((treatment) => serve(root, request, response, treatment))
      .catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = (name: string): string => `http://127.0.0.1:${port}/${name}`
  return { url, requests, close: () => close(server) }
}

function treatmentOf(
  request: IncomingMessage,
  name: string,
  { treat, credentials }: GitHttpServerOptions,
): Treatment | Promise<Treatment> {
  const given = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64').toString()
  if (credentials !== undefined && given !== credentials) return 401
  return treat?.(name) ?? 'answer'
}

async function serve(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  treatment: Treatment,
): Promise<void> {
  if (treatment === 'cut') return void request.socket.destroy()
  if (typeof treatment === 'number') {
    response.writeHead(treatment, { 'www-authenticate': 'Basic realm="git"' }).end()
    return
  }
  const output = await runBackend(root, request)
  if (treatment === 'swallow') return void request.socket.destroy()
  const end = output.indexOf('\r\n\r\n')
  const headers = output
    .toString('latin1', 0, end)
    .split('\r\n')
    .map((line) => line.split(': ') as [string, string])
  const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200'
  response.writeHead(
    Number.parseInt(status, 10),
    headers.filter(([name]) => name !== 'Status').flat(),
  )
  response.end(output.subarray(end + 4))
}

/** The whole CGI response of `git http-backend`; it sees the request whether or not we answer. */
async function runBackend(root: string, request: IncomingMessage): Promise<Buffer> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
  const settings = [
    '-c',
    'http.receivepack=true',
    '-c',
    'gc.auto=0',
    '-c',
    'maintenance.auto=false',
  ]
  const child = spawn('git', [...settings, 'http-backend'], {
    env: {
      ...gitTestEnvironment,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'tester',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => undefined)
  request.pipe(child.stdin)
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
