import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Agent } from 'node:http'
import type * as https from 'node:https'
import { BlockList, isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Environment } from '../config/define-config.ts'
import { DmError } from '../errors/dm-error.ts'

/** How to reach a host: through which proxy, and whose certificates to trust. */
export interface Route {
  readonly agent: Agent
  /** `http://host:port` of the proxy, for messages; null: none. */
  readonly proxy: string | null
  /** Whether what this machine trusts is trusted as well. */
  readonly trustsSystem: () => boolean
  /**
   * Trusts that from now on, which takes a moment to read: for certificates that node does not know. Does
   * nothing where it did so before.
   */
  readonly trustSystem: () => void
}

/** Why a certificate is not trusted, by the names of OpenSSL and node. */
const CERTIFICATE_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

export function isCertificateCode(code: string | undefined): boolean {
  return code !== undefined && CERTIFICATE_CODES.has(code)
}

/** What failed on the way to a host: node's code where there is one, and the proxy that it went through. */
export function describeFailure(
  error: unknown,
  route: Route,
): { readonly isCertificate: boolean; readonly reason: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  const reason = code ?? (error instanceof Error ? error.message : String(error))
  return isCertificateCode(code)
    ? { isCertificate: true, reason }
    : { isCertificate: false, reason: `${reason}${throughProxy(route)}` }
}

/** What is said of the proxy behind a reason. */
export function throughProxy(route: Pick<Route, 'proxy'> | null): string {
  return route?.proxy ? `, through the proxy ${route.proxy}` : ''
}

/**
 * How node makes requests to a URL. Loaded when something is requested: whoever only lists datasets does
 * not wait for it. And not by `import`, which looks at all that a module exports: for `http` that loads
 * what is behind `fetch` and `WebSocket`, more than all the rest of dm.
 */
export function clientFor({ protocol }: URL): Pick<typeof https, 'request'> {
  return process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http')
}

/**
 * The route to the host of a URL, by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` (or in
 * lower case, which comes first, as in curl and git) and `AWS_CA_BUNDLE`.
 *
 * @throws DM_ENVIRONMENT_INVALID
 */
export async function findRoute(url: URL, env: Environment): Promise<Route> {
  const proxy = findProxy(url, env)
  // Node's own support for proxies; which hosts are exempt is decided here, by the rules of curl.
  const proxyEnv = proxy === null ? {} : { HTTP_PROXY: proxy.href, HTTPS_PROXY: proxy.href }
  const options = { keepAlive: true, proxyEnv }
  const location = proxy === null ? null : `${proxy.protocol}//${proxy.host}`
  if (url.protocol === 'http:') {
    const { Agent: HttpAgent } = process.getBuiltinModule('node:http')
    const trust = { trustsSystem: () => true, trustSystem: () => undefined }
    return { agent: new HttpAgent(options), proxy: location, ...trust }
  }
  const { Agent: HttpsAgent } = process.getBuiltinModule('node:https')
  const tls = process.getBuiltinModule('node:tls')
  const bundle = readBundle(env)
  // With the certificates that node trusts: its own, and those of `NODE_EXTRA_CA_CERTS`.
  const trust = (certificates: readonly string[]): SecureContext =>
    tls.createSecureContext({ ca: [...tls.getCACertificates('default'), ...certificates] })
  const agent = new HttpsAgent({
    ...options,
    ...(bundle.length === 0 ? {} : { secureContext: trust(bundle) }),
  })
  let isSystemTrusted = false
  return {
    agent,
    proxy: location,
    trustsSystem: () => isSystemTrusted,
    trustSystem() {
      if (isSystemTrusted) return
      isSystemTrusted = true
      agent.options.secureContext = trust([...bundle, ...tls.getCACertificates('system')])
    },
  }
}

/** What `NODE_EXTRA_CA_CERTS` names, node has read when it began. */
function readBundle(env: Environment): string[] {
  const variable = 'AWS_CA_BUNDLE'
  const file = env[variable]
  if (!file) return []
  try {
    const text = readFileSync(file, 'utf8')
    verifyCertificate(text)
    return [text]
  } catch (error) {
    const problem = `the certificates in '${file}' cannot be read`
    throw new DmError('DM_ENVIRONMENT_INVALID', { variable, problem }, { cause: error })
  }
}

/** A TLS context would pass over what is no certificate in silence. */
function verifyCertificate(text: string): X509Certificate {
  return new X509Certificate(text)
}

function findProxy(url: URL, env: Environment): URL | null {
  const scheme = url.protocol.slice(0, -1)
  const names = [`${scheme}_proxy`, 'all_proxy'].flatMap((name) => [name, name.toUpperCase()])
  const variable = names.find((name) => env[name])
  const value = variable === undefined ? undefined : env[variable]
  if (variable === undefined || value === undefined || isExempt(url, env)) return null
  const proxy = URL.parse(value.includes('://') ? value : `http://${value}`)
  if (proxy !== null && /^https?:$/.test(proxy.protocol)) return proxy
  const problem =
    proxy === null
      ? 'it is no URL such as http://proxy.example.org:3128'
      : `it names a proxy of the kind '${proxy.protocol}', only http: and https: can be used`
  throw new DmError('DM_ENVIRONMENT_INVALID', { variable, problem })
}

/** Whether `NO_PROXY` names the host: itself, a domain that it is in, a network, or `*`. */
function isExempt({ hostname, port, protocol }: URL, env: Environment): boolean {
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  const ownPort = port || (protocol === 'http:' ? '80' : '443')
  return (env['no_proxy'] || env['NO_PROXY'] || '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const [, name = entry, ofPort = ownPort] = /^(.*[^:]):(\d+)$/.exec(entry) ?? []
      const isName = isIP(entry) === 0
      if (isName && ofPort !== ownPort) return false
      const domain = (isName ? name : entry).replace(/^\[|\]$/g, '').replace(/^\*?\./, '')
      return host === domain || host.endsWith(`.${domain}`) || isInNetwork(host, entry)
    })
}

/** Whether an address is in a network such as `10.0.0.0/8`. */
function isInNetwork(host: string, entry: string): boolean {
  const [network = '', bits = ''] = entry.split('/')
  const family = isIP(network)
  const longest = family === 4 ? 32 : 128
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits)) return false
  if (Number(bits) > longest) return false
  const list = new BlockList()
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  list.addSubnet(network, Number(bits), kind)
  return list.check(host, kind)
}
