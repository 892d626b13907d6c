import { describe, expect, it, test } from 'vitest'
import { answer, answerInAllowRule } from './judging.ts'

const hostIn = { param: 'url', operator: 'host_in', value: ['good.com', '*.good.com', '192.0.2.1', '2001:db8::1'] }
const notHostIn = { ...hostIn, operator: 'not_host_in' }
const opposite: Readonly<Record<string, string>> = { true: 'false', false: 'true', unknown: 'unknown' }

describe('where a URL leads', () => {
  test.each`
    url                                           | says         | because
    ${'https://good.com/a?b#c'}                   | ${'true'}    | ${'the host itself'}
    ${'https://api.good.com'}                     | ${'true'}    | ${'below it'}
    ${'HTTPS://GOOD.COM'}                         | ${'true'}    | ${'hosts have no case'}
    ${'https://good.com.'}                        | ${'true'}    | ${'a final dot changes nothing'}
    ${'https://good.com:8443/'}                   | ${'true'}    | ${'a port changes nothing'}
    ${'good.com'}                                 | ${'true'}    | ${'a bare host'}
    ${'good.com:8443'}                            | ${'true'}    | ${'a bare host with a port'}
    ${'https://user:secret@good.com/'}            | ${'true'}    | ${'credentials are not the host'}
    ${'https://evil.com/'}                        | ${'false'}   | ${'another host'}
    ${'https://good.com.evil.com/'}               | ${'false'}   | ${'only looks like it from the front'}
    ${'https://notgood.com/'}                     | ${'false'}   | ${'only looks like it from the back'}
    ${'https://good.com@evil.com/'}               | ${'false'}   | ${'good.com is a user here'}
    ${'https://good.com:80@evil.com/'}            | ${'false'}   | ${'good.com is a user here'}
    ${'https://evil.com/?u=https://good.com'}     | ${'false'}   | ${'the rest is not the host'}
    ${'https://evil.com#@good.com'}               | ${'false'}   | ${'the rest is not the host'}
    ${'https://evil.com/https://good.com'}        | ${'false'}   | ${'the rest is not the host'}
    ${'https://gооd.com/'}                        | ${'false'}   | ${'Cyrillic letters make another name'}
    ${'ssh://GOOD.com/repo'}                      | ${'true'}    | ${'schemes of other standards too'}
    ${'http://192.0.2.1/'}                        | ${'true'}    | ${'an address'}
    ${'http://3221225985/'}                       | ${'true'}    | ${'the same address as one number'}
    ${'http://0300.0.2.1/'}                       | ${'true'}    | ${'the same address in octal'}
    ${'http://0xc0.0x0.0x2.0x1/'}                 | ${'true'}    | ${'the same address in hexadecimal'}
    ${'redis://0xc0000201/'}                      | ${'true'}    | ${'also where the scheme leaves hosts alone'}
    ${'http://[::ffff:192.0.2.1]/'}               | ${'true'}    | ${'the same address inside IPv6'}
    ${'http://[2001:DB8:0:0::1]:80/'}             | ${'true'}    | ${'the same IPv6 address written longer'}
    ${'2001:db8::1'}                              | ${'true'}    | ${'a bare IPv6 address'}
    ${'[2001:db8::1]:443'}                        | ${'true'}    | ${'a bare IPv6 address with a port'}
    ${'http://192.0.2.2/'}                        | ${'false'}   | ${'another address'}
    ${['https://good.com', 'https://a.good.com']} | ${'true'}    | ${'a list is judged entry by entry'}
    ${'https://evil.com\\@good.com/'}             | ${'unknown'} | ${'a backslash ends the host for some'}
    ${'https://good.com\\.evil.com/'}             | ${'unknown'} | ${'a backslash ends the host for some'}
    ${'https://go\tod.com/'}                      | ${'unknown'} | ${'a tab is dropped by some'}
    ${'https://good.com\n.evil.com/'}             | ${'unknown'} | ${'a line break is dropped by some'}
    ${' https://good.com/'}                       | ${'unknown'} | ${'white space is trimmed by some'}
    ${'https://a@good.com@evil.com/'}             | ${'unknown'} | ${'some take what follows the first @'}
    ${'https:///good.com/'}                       | ${'unknown'} | ${'three slashes are two to some'}
    ${'https:good.com'}                           | ${'unknown'} | ${'no slashes are two to some'}
    ${'//good.com/'}                              | ${'unknown'} | ${'no scheme: depends on the page'}
    ${'good.com/path'}                            | ${'unknown'} | ${'a host or a file'}
    ${'https://good.com/,https://evil.com/'}      | ${'unknown'} | ${'a list to some'}
    ${'https://good.com/ https://evil.com/'}      | ${'unknown'} | ${'a list to some'}
    ${'git@good.com:repo.git'}                    | ${'unknown'} | ${'no URL'}
    ${'mailto:ann@good.com'}                      | ${'unknown'} | ${'no host'}
    ${'javascript:alert(1)'}                      | ${'unknown'} | ${'no host'}
    ${'file:///etc/passwd'}                       | ${'unknown'} | ${'no host'}
    ${'https://good.com..'}                       | ${'unknown'} | ${'an empty part of a name'}
    ${'https://'}                                 | ${'unknown'} | ${'no host'}
    ${'https://good.com:99999/'}                  | ${'unknown'} | ${'no such port'}
    ${'https://999.1.1.1/'}                       | ${'unknown'} | ${'no such address'}
    ${'ssh://go%6Fd.com/'}                        | ${'unknown'} | ${'an escape that not everyone decodes'}
    ${''}                                         | ${'unknown'} | ${'no host'}
    ${`https://good.com/${'a'.repeat(9_000)}`}    | ${'unknown'} | ${'longer than what is read'}
    ${5}                                          | ${'unknown'} | ${'no text'}
    ${{ href: 'https://good.com' }}               | ${'unknown'} | ${'no text'}
  `('$url: $says, $because', ({ url, says }) => {
    expect(answer(hostIn, { url })).toBe(says)
    expect(answer(notHostIn, { url })).toBe(opposite[says as string])
  })

  it('of several hosts each is judged', () => {
    const url = ['https://good.com', 'https://evil.com']
    expect(answer(hostIn, { url })).toBe('true')
    expect(answer(notHostIn, { url })).toBe('true')
    expect(answerInAllowRule(hostIn, { url })).toBe('unknown')
    expect(answerInAllowRule(hostIn, { url: ['https://good.com', 'https://a.good.com'] })).toBe('true')
  })
})

describe('whether a URL leads inside', () => {
  const isPrivate = { param: 'url', operator: 'host_private' }
  test.each`
    url                                  | says         | because
    ${'http://localhost:3000'}           | ${'true'}    | ${'this machine'}
    ${'http://LOCALHOST.'}               | ${'true'}    | ${'this machine'}
    ${'http://app.localhost'}            | ${'true'}    | ${'this machine'}
    ${'http://127.0.0.1'}                | ${'true'}    | ${'this machine'}
    ${'http://127.1'}                    | ${'true'}    | ${'this machine, written short'}
    ${'http://2130706433/'}              | ${'true'}    | ${'this machine, as one number'}
    ${'http://0x7f.1/'}                  | ${'true'}    | ${'this machine, in hexadecimal'}
    ${'http://017700000001/'}            | ${'true'}    | ${'this machine, in octal'}
    ${'http://①②⑦.⓪.⓪.①/'}               | ${'true'}    | ${'this machine, in circled digits'}
    ${'http://0/'}                       | ${'true'}    | ${'this machine, on many systems'}
    ${'http://[::1]/'}                   | ${'true'}    | ${'this machine'}
    ${'http://[::]/'}                    | ${'true'}    | ${'this machine, on many systems'}
    ${'http://[::ffff:127.0.0.1]/'}      | ${'true'}    | ${'this machine, inside IPv6'}
    ${'http://[::127.0.0.1]/'}           | ${'true'}    | ${'this machine, in an old form'}
    ${'http://[64:ff9b::7f00:1]/'}       | ${'true'}    | ${'this machine, through NAT64'}
    ${'http://[2002:7f00:1::]/'}         | ${'true'}    | ${'this machine, through 6to4'}
    ${'http://10.1.2.3'}                 | ${'true'}    | ${'a private network'}
    ${'http://172.16.0.1'}               | ${'true'}    | ${'a private network'}
    ${'http://192.168.1.1'}              | ${'true'}    | ${'a private network'}
    ${'http://100.64.0.1'}               | ${'true'}    | ${'a carrier’s network'}
    ${'http://169.254.169.254/latest'}   | ${'true'}    | ${'the inside of a cloud'}
    ${'http://100.100.100.200/'}         | ${'true'}    | ${'the inside of a cloud'}
    ${'http://168.63.129.16/'}           | ${'true'}    | ${'the inside of a cloud, public by its number'}
    ${'http://[fd00:ec2::254]/'}         | ${'true'}    | ${'the inside of a cloud'}
    ${'http://metadata.google.internal'} | ${'true'}    | ${'the inside of a cloud'}
    ${'http://[fe80::1]/'}               | ${'true'}    | ${'this link'}
    ${'http://[fec0::1]/'}               | ${'true'}    | ${'this site'}
    ${'http://[fc00::1]/'}               | ${'true'}    | ${'a private network'}
    ${'http://224.0.0.1'}                | ${'true'}    | ${'a group, not a host'}
    ${'http://255.255.255.255'}          | ${'true'}    | ${'everyone on this link'}
    ${'http://198.51.100.1'}             | ${'true'}    | ${'reserved'}
    ${'http://router'}                   | ${'true'}    | ${'a name without a dot'}
    ${'http://printer.local'}            | ${'true'}    | ${'this link'}
    ${'http://db.corp'}                  | ${'true'}    | ${'an ending of private networks'}
    ${'localhost:5432'}                  | ${'true'}    | ${'without a scheme'}
    ${'http://example.com'}              | ${'false'}   | ${'a public name'}
    ${'http://localhost.example.com'}    | ${'false'}   | ${'a public name'}
    ${'http://8.8.8.8'}                  | ${'false'}   | ${'a public address'}
    ${'http://172.32.0.1'}               | ${'false'}   | ${'just outside a private network'}
    ${'http://[2606:4700::1111]/'}       | ${'false'}   | ${'a public address'}
    ${'http://[::ffff:8.8.8.8]/'}        | ${'false'}   | ${'a public address inside IPv6'}
    ${'http://[fe80::1%25eth0]/'}        | ${'unknown'} | ${'not a URL of the standard'}
    ${'http://local host/'}              | ${'unknown'} | ${'not a URL'}
    ${7}                                 | ${'unknown'} | ${'no text'}
  `('$url: $says, $because', ({ url, says }) => {
    expect(answer(isPrivate, { url })).toBe(says)
    expect(answer({ param: 'url', operator: 'not_host_private', value: true }, { url })).toBe(opposite[says as string])
  })
})
