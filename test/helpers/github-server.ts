import type { IncomingMessage, ServerResponse } from 'node:http'
import { gitHttpServer } from './git-http-server.ts'
import { type ApiRequest, exampleOf, problemsOf } from './openapi.ts'

/** A pull request as the server keeps it. */
export interface ServerPull {
  number: number
  title: string
  body: string
  state: 'open' | 'closed'
  /** `owner:branch`. */
  head: string
  base: string
  labels: string[]
  /** Its newest commit. */
  sha?: string
  /** Who opened it. */
  author?: string
  /** The accounts that its commits name. */
  makers?: string[]
}

/** A comment on a pull request. */
export interface ServerComment {
  id: number
  /** Of the pull request. */
  number: number
  login: string
  type: 'User' | 'Bot'
  body: string
}

/** What the server says instead of doing what it is asked. */
export interface Refusal {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface GitHubServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** What tells dm that this is GitHub, and the token for it. */
  readonly env: Readonly<Record<string, string>>
  readonly pulls: ServerPull[]
  readonly comments: ServerComment[]
  /** What accounts may do: `admin`, `write`, `read`. */
  readonly permissions: Record<string, string>
  /** Every request to the API: `GET /repos/acme/data/pulls`, and its body. */
  readonly requests: readonly ApiRequest[]
  /** The same, shortly: method and path. */
  readonly asked: () => string[]
  /** What GitHub's own description has against them. */
  readonly problems: readonly string[]
  /** Asked for each request to the API. */
  refuse: (request: ApiRequest, nth: number) => Refusal | 'cut' | undefined
  readonly close: () => Promise<void>
}

export const TOKEN = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'
const root = '/api/v3'

/**
 * GitHub on an own server, as far as pull requests go: what bare repositories below a folder hold is
 * served by git, so `<folder>/acme/data.git` is `acme/data`.
 */
export async function startGitHub(folder: string): Promise<GitHubServer> {
  const pulls: ServerPull[] = []
  const comments: ServerComment[] = []
  const permissions: Record<string, string> = {}
  const requests: ApiRequest[] = []
  const problems: string[] = []
  const served = await gitHttpServer(folder, {
    beside: (request, response) => {
      if (request.url?.startsWith(`${root}/`) !== true) return false
      void serve(request, response)
      return true
    },
  })
  const url = served.url('').replace(/\/$/, '')

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const one = await receive(request)
    requests.push(one)
    problems.push(...problemsOf(one).map((text) => `${one.method} ${one.url}: ${text}`))
    answer(one, response)
  }

  function answer(request: ApiRequest, response: ServerResponse): void {
    const refusal = server.refuse(request, requests.length)
    if (refusal === 'cut') return void response.destroy()
    const { status, headers, body } = refusal ?? respond(request)
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    response.end(JSON.stringify(body ?? {}))
  }

  function respond({ method, url: asked, headers, body }: ApiRequest): Refusal {
    if (headers['authorization'] !== `token ${TOKEN}`) {
      return { status: 401, body: { message: 'Bad credentials' } }
    }
    const { pathname, searchParams } = new URL(asked, url)
    const [, owner = '', name = '', list, number] =
      /^\/repos\/([^/]+)\/([^/]+)\/(pulls|issues)(?:\/(\d+))?/.exec(pathname) ?? []
    const given = (body ?? {}) as Partial<ServerPull>
    const pull = pulls.find((one) => one.number === Number(number))
    const account = /\/collaborators\/([^/]+)\/permission$/.exec(pathname)?.[1]
    if (account !== undefined) {
      return { status: 200, body: { permission: permissions[account] ?? 'none' } }
    }
    if (pathname.endsWith('/commits')) {
      const makers = (pull?.makers ?? []).map((login) => ({ author: { login }, committer: null }))
      return { status: 200, body: makers }
    }
    const edited = /\/issues\/comments\/(\d+)$/.exec(pathname)?.[1]
    if (edited !== undefined || pathname.endsWith('/comments')) {
      return commentOn(
        method,
        Number(number),
        Number(edited),
        String((body as { body?: string })?.body),
      )
    }
    if (method === 'GET' && number !== undefined && pull !== undefined) {
      return { status: 200, body: toApi(pull, url, `${owner}/${name}`) }
    }
    if (list === 'issues' && pull !== undefined) {
      pull.labels.push(...(given.labels ?? []))
      return { status: 200, body: pull.labels.map((label) => ({ name: label })) }
    }
    if (method === 'GET' && number === undefined) {
      const wanted = pulls.filter(
        ({ state, head, base }) =>
          state === searchParams.get('state') &&
          head === searchParams.get('head') &&
          base === searchParams.get('base'),
      )
      return { status: 200, body: wanted.map((one) => toApi(one, url, `${owner}/${name}`)) }
    }
    if (method === 'POST') {
      const { title = '', head = '', base = '' } = given
      if (pulls.some((one) => one.state === 'open' && one.head === head && one.base === base)) {
        const message = `A pull request already exists for ${head}.`
        const errors = [{ resource: 'PullRequest', code: 'custom', message }]
        return { status: 422, body: { message: 'Validation Failed', errors } }
      }
      const one: ServerPull = {
        number: pulls.length + 1,
        title,
        body: given.body ?? '',
        state: 'open',
        head,
        base,
        labels: [],
      }
      pulls.push(one)
      return { status: 201, body: toApi(one, url, `${owner}/${name}`) }
    }
    if (pull === undefined) return { status: 404, body: { message: 'Not Found' } }
    Object.assign(pull, given)
    return { status: 200, body: toApi(pull, url, `${owner}/${name}`) }
  }

  function commentOn(method: string, number: number, edited: number, body: string): Refusal {
    if (method === 'GET') {
      const own = comments.filter((one) => one.number === number)
      return {
        status: 200,
        body: own.map(({ id, body: text, login, type }) => ({
          id,
          body: text,
          user: { login, type },
        })),
      }
    }
    const found = comments.find((one) => one.id === edited)
    if (found) found.body = body
    else {
      const login = 'github-actions[bot]'
      comments.push({ id: comments.length + 1, number, login, type: 'Bot', body })
    }
    return { status: found ? 200 : 201, body: {} }
  }

  const env = {
    GITHUB_SERVER_URL: url,
    GITHUB_API_URL: `${url}${root}`,
    GH_TOKEN: TOKEN,
  }
  const asked = (): string[] =>
    requests.map(({ method, url: path }) => `${method} ${path.replace(/\?.*/, '')}`)
  const server: GitHubServer = {
    url,
    env,
    pulls,
    comments,
    permissions,
    requests,
    asked,
    problems,
    refuse: () => undefined,
    close: served.close,
  }
  return server
}

async function receive(request: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const { method = '', url = '', headers } = request
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  return { method, url: url.slice(root.length), headers, body }
}

/** As GitHub shows it: its own example, with what is different. */
function toApi(pull: ServerPull, url: string, repository: string): object {
  const example = exampleOf('pull-request')
  const { number, title, body, state, labels } = pull
  return {
    ...example,
    number,
    title,
    body,
    state,
    html_url: `${url}/${repository}/pull/${number}`,
    labels: labels.map((name) => ({ name })),
    user: { login: pull.author ?? 'ada' },
    head: {
      ...(example['head'] as object),
      label: pull.head,
      ref: pull.head.split(':')[1],
      ...(pull.sha === undefined ? {} : { sha: pull.sha }),
    },
    base: { ...(example['base'] as object), ref: pull.base },
  }
}
