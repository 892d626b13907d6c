import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import { openApprovals } from '../../src/open-approvals.ts'
import { createApprovalApp } from '../../src/server/app.ts'
import { serveApprovals } from '../../src/server/serve.ts'
import { randomIds } from '../../src/support/ids.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { ADA, BEN, serving } from './serving.ts'

const clock = new FakeClock()
const approvals = openApprovals({ store: createMemoryStore({ clock }), clock, ids: randomIds, key: () => undefined })
const hosts = ['127.0.0.1:7332']

describe('tokens', () => {
  test.each`
    tokens                                    | says                                 | because
    ${[]}                                     | ${'1 to 100 tokens'}                 | ${'nobody could decide'}
    ${Array(101).fill(ADA)}                   | ${'1 to 100 tokens'}                 | ${'each guess is compared with all'}
    ${[{ ...ADA, token: 'x'.repeat(31) }]}    | ${'tokens[0].token: a token has 32'} | ${'a short one can be guessed'}
    ${[{ ...ADA, token: 'abc'.repeat(200) }]} | ${'to 512 characters, found 600'}    | ${'a header is not endless'}
    ${[{ ...ADA, token: 'x'.repeat(40) }]}    | ${'8 different characters'}          | ${'a pattern can be guessed'}
    ${[{ ...ADA, token: `${ADA.token} x` }]}  | ${'ASCII text without blanks'}       | ${'a blank does not survive a header'}
    ${[{ ...ADA, token: `${ADA.token}é` }]}   | ${'ASCII text without blanks'}       | ${'other letters do not either'}
    ${[{ ...ADA, token: undefined }]}         | ${'ASCII text without blanks'}       | ${'plain JavaScript may leave it out'}
    ${[{ ...ADA, name: '' }]}                 | ${'tokens[0].name'}                  | ${'who decided is recorded'}
    ${[{ ...ADA, name: ' ada' }]}             | ${'without blanks around it'}        | ${'a name reads as it is'}
    ${[{ ...ADA, name: 'a\u202eda' }]}        | ${'without invisible characters'}    | ${'a name shows as it is'}
    ${[{ ...ADA, name: 'a'.repeat(201) }]}    | ${'at most 200 characters'}          | ${'the record takes no longer ones'}
    ${[ADA, { ...BEN, token: ADA.token }]}    | ${'two tokens are equal'}            | ${'who decided would be unknown'}
  `('$says: $because', ({ tokens, says }) => {
    const create = () => createApprovalApp({ approvals, tokens, hosts })
    expect(create).toThrow(says)
    for (const { token = 'undefined!' } of tokens) expect(create).not.toThrow(token)
  })

  it('of one name are two, so that one can replace the other', async () => {
    const { send } = await serving({ tokens: [ADA, { ...BEN, name: 'ada' }] })
    for (const { token } of [ADA, BEN]) expect((await send({ path: '/api/approvals', bearer: token })).status).toBe(200)
  })
})

describe('hosts', () => {
  test.each([
    '',
    'http://',
    'https://a/b',
    'ftp://a',
    'a b',
    'user@a',
    'https://user:pass@a',
    'a?b',
    'http://a#b',
    '*',
    'https://*.example.com',
  ])('"%s" is none', (host) => {
    expect(() => createApprovalApp({ approvals, tokens: [ADA], hosts: [...hosts, host] })).toThrow('hosts[1]')
  })

  it('must be there', () => {
    expect(() => createApprovalApp({ approvals, tokens: [ADA], hosts: [] })).toThrow('1 to 100 hosts')
  })

  test.each`
    host                                   | asked                      | status | because
    ${'approvals.example.com'}             | ${'approvals.example.com'} | ${200} | ${'it is the name'}
    ${'Approvals.Example.com'}             | ${'APPROVALS.example.COM'} | ${200} | ${'names have no case'}
    ${'https://approvals.example.com'}     | ${'approvals.example.com'} | ${200} | ${'TLS is ended in front'}
    ${'https://approvals.example.com:443'} | ${'approvals.example.com'} | ${200} | ${'browsers leave the usual port out'}
    ${'approvals.example.com:8443'}        | ${'approvals.example.com'} | ${421} | ${'another port is another place'}
    ${'[::1]:7332'}                        | ${'[::1]:7332'}            | ${200} | ${'addresses are hosts too'}
    ${'example.com'}                       | ${'a.example.com'}         | ${421} | ${'a name below it is another'}
  `('$host allows $asked: $status, $because', async ({ host, asked, status }) => {
    const app = createApprovalApp({ approvals, tokens: [ADA], hosts: [host] })
    const headers = { Host: asked, Authorization: `Bearer ${ADA.token}` }
    expect((await app.request('http://x/api/approvals', { headers })).status).toBe(status)
  })

  it('that is given with and without TLS is held to TLS', async () => {
    const app = createApprovalApp({ approvals, tokens: [ADA], hosts: ['https://a.example', 'http://a.example'] })
    const { headers } = await app.request('http://x/', { headers: { Host: 'a.example' } })
    expect(headers.get('strict-transport-security')).not.toBeNull()
  })

  it('must be named by the request', async () => {
    const app = createApprovalApp({ approvals, tokens: [ADA], hosts })
    expect((await app.request(`http://${hosts[0]}/`)).status).toBe(421)
  })
})

describe('listening', () => {
  it('is for this machine alone, under each of its names', async () => {
    const { server, send } = await serving()
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    for (const name of ['127.0.0.1', 'localhost', '[::1]'])
      expect((await send({ headers: { Host: `${name}:${server.port}` } })).status).toBe(401)
  })

  test.each`
    options                    | says                            | because
    ${{ host: '0.0.0.0' }}     | ${'whoever reaches it can try'} | ${'others could reach it, by a name that is not known'}
    ${{ host: '::' }}          | ${'whoever reaches it can try'} | ${'the same in IPv6'}
    ${{ host: 'intranet' }}    | ${'whoever reaches it can try'} | ${'a name may lead anywhere'}
    ${{ port: 65_536 }}        | ${'port: expected 0 to 65535'}  | ${'there is no such port'}
    ${{ port: 1.5 }}           | ${'port: expected 0 to 65535'}  | ${'there is no half port'}
    ${{ tokens: [] }}          | ${'1 to 100 tokens'}            | ${'nobody could decide'}
    ${{ allowHosts: ['a b'] }} | ${'expected a host such as'}    | ${'no browser says that'}
  `('with $options is refused: $because', async ({ options, says }) => {
    await expect(serveApprovals({ approvals, tokens: [ADA], port: 0, ...options })).rejects.toThrow(says)
  })

  it('on other addresses answers to the names that are allowed', async () => {
    const { server, send } = await serving({ host: '0.0.0.0', allowHosts: ['https://approvals.example.com'] })
    expect(server.url).toBe('https://approvals.example.com')
    expect((await send({ headers: { Host: 'approvals.example.com' } })).status).toBe(401)
    expect((await send()).status).toBe(421)
  })

  it('at a port that is taken says so', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.on('listening', resolve))
    const { port } = other.address() as AddressInfo
    await expect(serveApprovals({ approvals, tokens: [ADA], port })).rejects.toThrow('EADDRINUSE')
    other.close()
  })
})
