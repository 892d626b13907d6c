import { once } from 'node:events'
import { Server } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it, test, vi } from 'vitest'
import { ADA, json, type Serving, serving, wire } from './serving.ts'

const BODY = 'x=1'

/** Requests that could be read in two ways, by us and by a proxy in front. `$` stands for the host. */
const ODD: readonly [string, string, string][] = [
  ['two hosts', 'GET / HTTP/1.1\r\nHost: $\r\nHost: $\r\n\r\n', '400'],
  ['a foreign host before ours', 'GET / HTTP/1.1\r\nHost: evil.example\r\nhOsT: $\r\n\r\n', '400'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', '400'],
  ['an older HTTP without a host', 'GET / HTTP/1.0\r\n\r\n', '400'],
  ['a whole address as the target', 'GET http://$/ HTTP/1.1\r\nHost: $\r\n\r\n', '400'],
  ['a foreign address as the target', 'GET http://evil.example/ HTTP/1.1\r\nHost: $\r\n\r\n', '400'],
  ['a target without a slash', 'GET approvals HTTP/1.1\r\nHost: $\r\n\r\n', '400'],
  ['all of the server as the target', 'OPTIONS * HTTP/1.1\r\nHost: $\r\n\r\n', '400'],
  ['a tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: $\r\n\r\n', ''],
  ['a backslash in the path', 'GET /\\evil.example HTTP/1.1\r\nHost: $\r\n\r\n', '400'],
  ['a method in lower case', 'post /sign-in HTTP/1.1\r\nHost: $\r\nContent-Length: 0\r\n\r\n', '400'],
  [
    'a length and chunks',
    `POST /sign-in HTTP/1.1\r\nHost: $\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
    '400',
  ],
  ['two lengths', `POST /sign-in HTTP/1.1\r\nHost: $\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n${BODY}`, '400'],
  ['a length that is no number', `POST /sign-in HTTP/1.1\r\nHost: $\r\nContent-Length: +3\r\n\r\n${BODY}`, '400'],
  [
    'chunks under another name',
    `POST /sign-in HTTP/1.1\r\nHost: $\r\nTransfer-Encoding: xchunked\r\n\r\n${BODY}`,
    '400',
  ],
  ['a blank before the colon', 'GET / HTTP/1.1\r\nHost : $\r\n\r\n', '400'],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: $\r\nX-One: a\r\n b\r\n\r\n', '400'],
  ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: $\r\nX-One: a\0b\r\n\r\n', '400'],
  ['line feeds alone', 'GET / HTTP/1.1\nHost: $\n\n', '400'],
  ['too many headers', `GET / HTTP/1.1\r\nHost: $\r\nX-One: ${'a'.repeat(20_000)}\r\n\r\n`, '431'],
]

describe('[P19] on the wire', () => {
  test.each(ODD)('%s is not read at all', async (_, bytes, status) => {
    const { host, server } = await serving()
    const [line = ''] = (await wire(server.port, bytes.replaceAll('$', host))).split('\r\n')
    expect(line.split(' ')[1] ?? '').toBe(status)
  })

  it('a second request hidden in the body of a first one is a body', async () => {
    const { ask, host, server, approvals } = await serving()
    const { id, request } = await ask()
    const body = JSON.stringify({ digest: request.digest })
    const hidden = `POST /api/approvals/${id}/approve HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${ADA.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const bytes = `POST /sign-in HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`
    expect((await wire(server.port, bytes)).match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect((await approvals.get(id))?.state).toBe('pending')
  })

  test.each([
    ['headers that never end', (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\nX-One: `],
    [
      'a body that never comes',
      (host: string) =>
        `POST /sign-in HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nt`,
    ],
    [
      'chunks that never end',
      (host: string) =>
        `POST /sign-in HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nt\r\n`,
    ],
  ])('%s are hung up on', async (_, bytes) => {
    const { host, server } = await serving({ requestMs: 100, checkEveryMs: 20 })
    // Ends only because the server ends it.
    expect(await wire(server.port, bytes(host))).toMatch(/^(HTTP\/1\.1 408 |$)/)
  })
})

it('ends without waiting for connections on which nothing was asked, as browsers open ahead', async () => {
  const { server, send } = await serving()
  const cutOff = vi.spyOn(Server.prototype, 'closeAllConnections')
  const ahead = connect(server.port, '127.0.0.1')
  await once(ahead, 'connect')
  await send()
  await Promise.all([server.close(), once(ahead, 'close')])
  expect(cutOff).not.toHaveBeenCalled()
})

describe('bodies have a bound', () => {
  const approving = async ({ ask }: Serving): Promise<{ id: string; digest: string }> => {
    const { id, request } = await ask()
    return { id, digest: request.digest }
  }

  test.each`
    verb         | bytes        | framing      | status | because
    ${'approve'} | ${70_000}    | ${'length'}  | ${413} | ${'an approval is short'}
    ${'approve'} | ${70_000}    | ${'chunked'} | ${413} | ${'it is counted, not believed'}
    ${'edit'}    | ${70_000}    | ${'length'}  | ${400} | ${'arguments may be long, and these lack the digest'}
    ${'edit'}    | ${9_000_000} | ${'length'}  | ${413} | ${'but not longer than a guard takes'}
    ${'edit'}    | ${9_000_000} | ${'chunked'} | ${413} | ${'however they are sent'}
  `('$verb with $bytes bytes, $framing, is $status: $because', async ({ verb, bytes, framing, status }) => {
    const served = await serving()
    const { id } = await approving(served)
    const sending = json({ params: { text: 'x'.repeat(bytes) } })
    const headers = framing === 'chunked' ? { ...sending.headers, 'Transfer-Encoding': 'chunked' } : sending.headers
    const path = `/api/approvals/${id}/${verb}`
    const received = await served.send({ ...sending, headers: headers ?? {}, path, bearer: ADA.token })
    expect(received.status).toBe(status)
    expect((await served.approvals.get(id))?.state).toBe('pending')
  })

  it('nobody who is not known may send a long one', async () => {
    const { send } = await serving()
    const sending = json({ params: { text: 'x'.repeat(70_000) } })
    expect((await send({ ...sending, path: '/api/approvals/x/edit', bearer: 'wrong' })).status).toBe(401)
  })
})

describe('every answer', () => {
  test.each`
    path                   | what
    ${'/'}                 | ${'the page to sign in'}
    ${'/approvals/x'}      | ${'a page that needs a session'}
    ${'/nothing'}          | ${'a page that is not there'}
    ${'/api/approvals'}    | ${'the API without a token'}
    ${'/favicon.ico'}      | ${'what browsers ask for by themselves'}
    ${'http://elsewhere/'} | ${'a request that is not read'}
    ${'/\\\\elsewhere'}    | ${'a path that some read as another host'}
  `('$what can not be framed, kept, sniffed or scripted', async ({ path }) => {
    const { send } = await serving()
    const { headers } = await send({ path })
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    )
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    })
  })
})
