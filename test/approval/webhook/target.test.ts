import { describe, expect, it, test } from 'vitest'
import { allowedHostsOf } from '../../../src/approval/webhook/settings.ts'
import { checkedLookup, hostOf, type Resolve, targetProblem } from '../../../src/approval/webhook/target.ts'

const problem = (url: string, allowed: readonly string[] = []) => targetProblem(new URL(url), allowedHostsOf(allowed))

describe('a URL', () => {
  test.each`
    url                                     | because
    ${'https://approvals.example.com/x'}    | ${'a public name'}
    ${'https://approvals.example.com:8443'} | ${'any port'}
    ${'https://93.184.216.34/'}             | ${'a public address'}
    ${'https://[2606:4700:4700::1111]/'}    | ${'a public address of IPv6'}
  `('[P26] $url may be called: $because', ({ url }) => {
    expect(problem(url)).toBeUndefined()
  })

  test.each`
    url                                                                  | because
    ${'https://127.0.0.1/'}                                              | ${'this machine'}
    ${'https://127.1/'}                                                  | ${'written short'}
    ${'https://0x7f.1/'}                                                 | ${'in hex'}
    ${'https://0177.0.0.1/'}                                             | ${'in octal'}
    ${'https://2130706433/'}                                             | ${'as one number'}
    ${'https://0/'}                                                      | ${'the unspecified address'}
    ${'https://[::1]/'}                                                  | ${'this machine in IPv6'}
    ${'https://[::]/'}                                                   | ${'unspecified in IPv6'}
    ${'https://[::ffff:127.0.0.1]/'}                                     | ${'IPv4 mapped into IPv6'}
    ${'https://[::ffff:7f00:1]/'}                                        | ${'the same in hex'}
    ${'https://[::127.0.0.1]/'}                                          | ${'IPv4 in the old form'}
    ${'https://[64:ff9b::7f00:1]/'}                                      | ${'IPv4 behind a translator'}
    ${'https://[2002:7f00:1::]/'}                                        | ${'IPv4 in a tunnel'}
    ${'https://10.0.0.7/'}                                               | ${'a private network'}
    ${'https://172.16.0.1/'}                                             | ${'a private network'}
    ${'https://192.168.1.1/'}                                            | ${'a private network'}
    ${'https://169.254.169.254/latest'}                                  | ${'the metadata of a cloud'}
    ${'https://168.63.129.16/'}                                          | ${'the host agent of a cloud'}
    ${'https://100.64.0.1/'}                                             | ${'behind the provider'}
    ${'https://224.0.0.1/'}                                              | ${'multicast'}
    ${'https://255.255.255.255/'}                                        | ${'broadcast'}
    ${'https://192.0.2.1/'}                                              | ${'for documents'}
    ${'https://[fe80::1]/'}                                              | ${'link-local'}
    ${'https://[fc00::1]/'}                                              | ${'unique local'}
    ${'https://[fd12:3456::1]/'}                                         | ${'unique local'}
    ${'https://[ff02::1]/'}                                              | ${'multicast in IPv6'}
    ${'https://localhost/'}                                              | ${'this machine by name'}
    ${'https://LOCALHOST/'}                                              | ${'in any case'}
    ${'https://localhost./'}                                             | ${'with a final dot'}
    ${'https://api.localhost/'}                                          | ${'below it'}
    ${'https://intranet/'}                                               | ${'a name without a dot'}
    ${'https://vault.internal/'}                                         | ${'an ending for private use'}
    ${'https://printer.local/'}                                          | ${'an ending for private use'}
    ${'https://\uFF4C\uFF4F\uFF43\uFF41\uFF4C\uFF48\uFF4F\uFF53\uFF54/'} | ${'full-width letters'}
    ${'https://\u2460\u2461\u2466.0.0.1/'}                               | ${'circled digits'}
  `('[P26] $url is refused: $because', ({ url }) => {
    expect(problem(url)).toContain('is not on the public internet')
  })

  test.each`
    url                                     | says
    ${'http://approvals.example.com/'}      | ${'expected https'}
    ${'http://127.0.0.1/'}                  | ${'expected https'}
    ${'ftp://approvals.example.com/'}       | ${'expected an https URL'}
    ${'file:///etc/passwd'}                 | ${'expected an https URL'}
    ${'https://user@approvals.example.com'} | ${'without user and password'}
    ${'https://:pw@approvals.example.com'}  | ${'without user and password'}
  `('[P26] $url is refused: $says', ({ url, says }) => {
    expect(problem(url)).toContain(says)
  })

  test.each`
    url                             | allowed               | called
    ${'http://127.0.0.1:9/'}        | ${['127.0.0.1']}      | ${true}
    ${'http://0x7f.1:9/'}           | ${['127.0.0.1']}      | ${true}
    ${'http://[::ffff:127.0.0.1]/'} | ${['127.0.0.1']}      | ${true}
    ${'http://127.0.0.1/'}          | ${['2130706433']}     | ${true}
    ${'http://[::1]/'}              | ${['::1']}            | ${true}
    ${'http://[::1]/'}              | ${['[::1]']}          | ${true}
    ${'http://vault.internal./'}    | ${['Vault.Internal']} | ${true}
    ${'http://127.0.0.2/'}          | ${['127.0.0.1']}      | ${false}
    ${'http://a.vault.internal/'}   | ${['vault.internal']} | ${false}
    ${'http://localhost/'}          | ${['127.0.0.1']}      | ${false}
    ${'ftp://127.0.0.1/'}           | ${['127.0.0.1']}      | ${false}
    ${'http://user@127.0.0.1/'}     | ${['127.0.0.1']}      | ${false}
  `('[P26] $url with $allowed allowed may be called: $called', ({ url, allowed, called }) => {
    expect(problem(url, allowed) === undefined).toBe(called)
  })
})

test.each`
  text                     | host
  ${'example.com'}         | ${'example.com'}
  ${'Example.COM.'}        | ${'example.com'}
  ${'0x7f.1'}              | ${'127.0.0.1'}
  ${'[::1]'}               | ${'::1'}
  ${'fd00::1'}             | ${'fd00::1'}
  ${'::ffff:10.0.0.1'}     | ${'10.0.0.1'}
  ${'example.com:443'}     | ${undefined}
  ${'example.com/x'}       | ${undefined}
  ${'https://example.com'} | ${undefined}
  ${'user@example.com'}    | ${undefined}
  ${'example.com?x'}       | ${undefined}
  ${'a b'}                 | ${undefined}
  ${'*.example.com'}       | ${undefined}
  ${''}                    | ${undefined}
`('the host $text is $host', ({ text, host }) => {
  expect(hostOf(text)).toBe(host)
})

describe('a name that resolves', () => {
  const to =
    (...addresses: readonly string[]): Resolve =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const look = (resolve: Resolve, options: { all?: boolean; allowed?: readonly string[] } = {}) =>
    new Promise((done) => {
      const { all = true, allowed = [] } = options
      const find = checkedLookup(allowedHostsOf(allowed), resolve)
      find('approvals.example.com', { all }, (error, found) => done(error?.message ?? found))
    })

  it('[P26] gives the connection the addresses that were checked', async () => {
    const found = [
      { address: '93.184.216.34', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ]
    expect(await look(to('93.184.216.34', '2606:4700::1'))).toEqual(found)
    expect(await look(to('93.184.216.34', '2606:4700::1'), { all: false })).toBe('93.184.216.34')
  })

  test.each`
    addresses                        | because
    ${['127.0.0.1']}                 | ${'it leads to this machine'}
    ${['::ffff:10.0.0.1']}           | ${'it leads inside, in another form'}
    ${['fe80::1%eth0']}              | ${'it leads to a neighbour'}
    ${['169.254.169.254']}           | ${'it leads to the metadata of a cloud'}
    ${['93.184.216.34', '10.0.0.1']} | ${'one of several is enough'}
    ${['93.184.216.34', 'nonsense']} | ${'what can not be read is not public'}
    ${[]}                            | ${'it leads nowhere'}
  `('[P26] to $addresses is refused: $because', async ({ addresses }) => {
    expect(await look(to(...addresses))).toMatch(/not on the public internet|leads nowhere/)
    expect(await look(to(...addresses), { all: false })).toMatch(/not on the public internet|leads nowhere/)
  })

  it('may lead inside when it is allowed', async () => {
    expect(await look(to('10.0.0.1'), { allowed: ['approvals.example.com'] })).toEqual([
      { address: '10.0.0.1', family: 4 },
    ])
  })

  it('hands on that it does not resolve', async () => {
    expect(await look(() => Promise.reject(new Error('ENOTFOUND')))).toBe('ENOTFOUND')
  })
})
