import { once } from 'node:events'
import { createServer } from 'node:https'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A certificate that nobody trusts, for localhost and 127.0.0.1. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUVoh590uhQKd1iWBQKsr4yquCag0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTAzNTkwM1oYDzIxMjYxMTAx
MDM1OTAzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR9pRS5GUPKemj789FW+tXbrssAfLtUdpy0H7AVl0W+c4AvWlRaBuPC
6Pz/rrT/eNG/4uHxEyDwpR5octv+IyEvo28wbTAdBgNVHQ4EFgQU9CrNVfKOGvzr
NArj+N67w+/jHnkwHwYDVR0jBBgwFoAU9CrNVfKOGvzrNArj+N67w+/jHnkwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgJnkdkxwj8k+D/YXJbgIun9YhcZpEF4Zv0WCFonFLsy8CIANf
cf2C0WKtdQtM9b665+M+0ctAR6but73iFb3dfO+q
-----END CERTIFICATE-----
`

/** Belongs to `CERTIFICATE`; guards nothing. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVAD0JXAJ/qJdXL2c
59NO3GRFXnQFf88pgwE8+9JW2UuhRANCAAR9pRS5GUPKemj789FW+tXbrssAfLtU
dpy0H7AVl0W+c4AvWlRaBuPC6Pz/rrT/eNG/4uHxEyDwpR5octv+IyEv
-----END PRIVATE KEY-----
`

/** Runs a test body beside a web server that is reached by TLS. */
export async function withTlsServer(
  answer: RequestListener,
  body: (url: URL) => Promise<void>,
): Promise<void> {
  const server = createServer({ key: KEY, cert: CERTIFICATE }, (request, response) => {
    // As every store tells of its objects.
    response.setHeader('last-modified', new Date(0).toUTCString())
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await body(new URL(`https://127.0.0.1:${port}/`))
  } finally {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
}
