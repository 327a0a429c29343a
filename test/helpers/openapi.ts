import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'

type Schema = Readonly<Record<string, unknown>>

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: Schema
}

interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Schema }
}

/** A request as it came in. */
export interface ApiRequest {
  readonly method: string
  /** Path and query below the API's own address. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Parsed; undefined: there is none. */
  readonly body: unknown
}

const file = createRequire(import.meta.url).resolve(
  '@octokit/openapi/generated/api.github.com.json',
)
let loaded: Schema | undefined

/** GitHub's own description of its API: 13 MB, read once. */
function description(): Schema {
  loaded ??= JSON.parse(readFileSync(file, 'utf8')) as Schema
  return loaded
}

/** What the description gives as an example, such as `pull-request`. */
export function exampleOf(name: string): Record<string, unknown> {
  const found = at(description(), ['components', 'examples', name, 'value'])
  return structuredClone(found) as Record<string, unknown>
}

const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false, validateFormats: false })

/** What GitHub's description has against a request; none for one that it describes. */
export function problemsOf({ method, url, headers, body }: ApiRequest): string[] {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const found = findOperation(method, pathname)
  if (found === null) return [`there is no ${method} ${pathname}`]
  const { operation, values } = found
  const parameters = (operation.parameters ?? []).map((one) => resolve(one) as unknown as Parameter)
  const problems = parameters.flatMap(({ name, in: place, required, schema }) => {
    const value =
      place === 'path' ? values[name] : place === 'query' ? searchParams.get(name) : null
    if (place === 'header') return []
    if (value === null || value === undefined)
      return required === true ? [`${name} is missing`] : []
    return check(schema, toType(value, resolve(schema)), name)
  })
  const known = new Set(parameters.filter((one) => one.in === 'query').map(({ name }) => name))
  for (const name of searchParams.keys()) if (!known.has(name)) problems.push(`${name} is unknown`)
  for (const name of ['authorization', 'user-agent', 'accept']) {
    if (headers[name] === undefined) problems.push(`the header ${name} is missing`)
  }
  return [...problems, ...checkBody(operation, headers, body)]
}

function checkBody(
  { requestBody }: Operation,
  headers: ApiRequest['headers'],
  body: unknown,
): string[] {
  if (requestBody === undefined) return body === undefined ? [] : ['a body is not described']
  if (body === undefined) return requestBody.required === true ? ['the body is missing'] : []
  if (!String(headers['content-type']).startsWith('application/json')) return ['it is no JSON']
  const schema = at(requestBody.content, ['application/json', 'schema']) as Schema
  const whole = resolve(schema)
  const options = [whole, ...((whole['oneOf'] ?? []) as Schema[])]
  const known = new Set(options.flatMap((one) => Object.keys(one['properties'] ?? {})))
  const unknown = Object.keys(body as object).filter((name) => !known.has(name))
  return [...check(schema, body, 'body'), ...unknown.map((name) => `body.${name} is unknown`)]
}

function findOperation(
  method: string,
  pathname: string,
): { operation: Operation; values: Record<string, string> } | null {
  const parts = pathname.split('/')
  const paths = description()['paths'] as Record<string, Record<string, Operation>>
  for (const [template, operations] of Object.entries(paths)) {
    const wanted = template.split('/')
    const operation = operations[method.toLowerCase()]
    if (operation === undefined || wanted.length !== parts.length) continue
    const values: Record<string, string> = {}
    const fits = wanted.every((part, index) => {
      const name = /^\{(.+)\}$/.exec(part)?.[1]
      if (name !== undefined) values[name] = decodeURIComponent(parts[index] ?? '')
      return name === undefined ? part === parts[index] : parts[index] !== ''
    })
    if (fits) return { operation, values }
  }
  return null
}

function check(schema: Schema, value: unknown, name: string): string[] {
  const validate = ajv.compile(resolve(schema))
  if (validate(value)) return []
  return (validate.errors ?? []).map((error) => `${name}${error.instancePath} ${error.message}`)
}

function toType(text: string, { type }: Schema): unknown {
  if (type === 'integer' || type === 'number') return Number(text)
  return type === 'boolean' ? text === 'true' : text
}

/** Without references: only small parts of the description are looked at. */
function resolve(value: unknown): Schema {
  if (Array.isArray(value)) return value.map(resolve) as unknown as Schema
  if (typeof value !== 'object' || value === null) return value as Schema
  const reference = (value as Schema)['$ref']
  if (typeof reference === 'string') {
    return resolve(at(description(), reference.replace('#/', '').split('/')))
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(one)]))
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, name) => (inner as Schema)[name], value)
}
