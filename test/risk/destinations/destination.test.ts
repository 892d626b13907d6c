import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { KNOWN_DESTINATIONS_MAX } from '../../../src/risk/baseline/known-destinations.ts'
import { destinationsOf, wholeOf } from '../../../src/risk/destinations/destination.ts'
import { DOMAINS_READ_MAX } from '../../../src/risk/destinations/mail.ts'

const written = (text: string): readonly string[] => destinationsOf(text).map(({ kind, name }) => `${kind} ${name}`)

describe('hosts', () => {
  test.each`
    text                                           | host                       | because
    ${'https://api.example.com/v1?x=1#y'}          | ${'api.example.com'}       | ${'the host of a URL'}
    ${'HTTPS://API.Example.COM./'}                 | ${'api.example.com'}       | ${'case and a trailing dot make no other host'}
    ${'  https://api.example.com:8443  '}          | ${'api.example.com'}       | ${'nor do spaces and a port'}
    ${'https://known.example@evil.example/'}       | ${'evil.example'}          | ${'a user name is not a host'}
    ${'https://evil.example\\@known.example/'}     | ${'evil.example'}          | ${'a backslash ends the host, as in browsers'}
    ${'https:evil.example/x'}                      | ${'evil.example'}          | ${'browsers need no slashes'}
    ${'https:/\\evil.example/x'}                   | ${'evil.example'}          | ${'and take wrong ones'}
    ${'ht\ttps://ev\nil.example/'}                 | ${'evil.example'}          | ${'and drop tabs and line breaks'}
    ${'https://b\u00fccher.example/'}              | ${'xn--bcher-kva.example'} | ${'one spelling for an international name'}
    ${'https://xn--bcher-kva.example/'}            | ${'xn--bcher-kva.example'} | ${'the same in punycode'}
    ${'https://ev%69l.example/'}                   | ${'evil.example'}          | ${'escapes are read'}
    ${'https://ｅｖｉｌ．example/'}                | ${'evil.example'}          | ${'wide letters are letters'}
    ${'https://ev\u200bil.example/'}               | ${'evil.example'}          | ${'what can not be seen is not there'}
    ${'http://2130706433/'}                        | ${'127.0.0.1'}             | ${'one spelling for an IP address'}
    ${'http://0x7f.1/'}                            | ${'127.0.0.1'}             | ${'in hex too'}
    ${'http://[::1]:80/'}                          | ${'[::1]'}                 | ${'IPv6'}
    ${'wss://chat.example'}                        | ${'chat.example'}          | ${'web sockets'}
    ${'ftp://files.example/x'}                     | ${'files.example'}         | ${'FTP'}
    ${'s3://bucket/key'}                           | ${'bucket'}                | ${'any scheme with an authority'}
    ${'postgres://u:p@db.example:5432/x'}          | ${'db.example'}            | ${'databases'}
    ${'jdbc:mysql://db.example/x'}                 | ${'db.example'}            | ${'a scheme in front of a scheme'}
    ${`https://evil.example/${'x'.repeat(9_000)}`} | ${'evil.example'}          | ${'a long URL is still a URL'}
    ${`https://${'u'.repeat(9_000)}@evil.example`} | ${'evil.example'}          | ${'so is one with a long user name'}
    ${'file://server/share/x'}                     | ${'server'}                | ${'a file on another machine'}
  `('$text -> $host: $because', ({ text, host }) => {
    expect(written(text)).toEqual([`host ${host}`])
  })
})

describe('mail domains', () => {
  test.each`
    text                                       | domains                              | because
    ${'bob@example.com'}                       | ${['example.com']}                   | ${'an address'}
    ${' BOB@Example.COM. '}                    | ${['example.com']}                   | ${'case, spaces and a trailing dot make no other domain'}
    ${'bob@b\u00fccher.example'}               | ${['xn--bcher-kva.example']}         | ${'one spelling for an international name'}
    ${'bob@XN--BCHER-KVA.example'}             | ${['xn--bcher-kva.example']}         | ${'the same in punycode'}
    ${'bob@evil。com'}                         | ${['evil.com']}                      | ${'a full stop of another script'}
    ${'bob＠evil.com'}                         | ${['evil.com']}                      | ${'an at sign of another width'}
    ${'Bob Smith <bob@example.com>'}           | ${['example.com']}                   | ${'a display name'}
    ${'"Smith, Bob" <bob@example.com>'}        | ${['example.com']}                   | ${'with a comma in it'}
    ${'a@x.example, b@y.example; c@x.example'} | ${['x.example', 'y.example']}        | ${'several addresses, each domain once'}
    ${'a@x.example b@y.example'}               | ${[]}                                | ${'two addresses without a separator are no list'}
    ${'a@x.example,'}                          | ${['x.example']}                     | ${'a separator left over'}
    ${'a@x.example\nb@y.example'}              | ${['x.example', 'y.example']}        | ${'a line for each'}
    ${'"a@known.example" <b@evil.example>'}    | ${['known.example', 'evil.example']} | ${'an address as display name does not hide another'}
    ${'b@evil.example (a@known.example)'}      | ${['evil.example', 'known.example']} | ${'nor does a comment'}
    ${'mailto:a@x.example?cc=b%40y.example'}   | ${['x.example', 'y.example']}        | ${'all addresses of a link'}
    ${'bob@[192.168.0.1]'}                     | ${['192.168.0.1']}                   | ${'an address literal'}
    ${'git@code.example:org/repo'}             | ${['code.example']}                  | ${'a repository over SSH'}
    ${'please write to bob@example.com today'} | ${[]}                                | ${'prose that mentions an address'}
    ${'thanks, all, see you, bob@example.com'} | ${[]}                                | ${'also with commas'}
    ${'@bob'}                                  | ${[]}                                | ${'a handle'}
    ${'bob@'}                                  | ${[]}                                | ${'half an address'}
    ${'bob@localhost'}                         | ${[]}                                | ${'a name without a dot'}
    ${'@scope/package'}                        | ${[]}                                | ${'a package'}
  `('$text -> $domains: $because', ({ text, domains }) => {
    expect(written(text)).toEqual(domains.map((domain: string) => `mail domain ${domain}`))
  })

  it('reads more domains of a list than a parameter remembers, so a long one can not hide a new one [P24]', () => {
    const list = Array.from({ length: 5_000 }, (_, index) => `a@d${index}.e`)
    const found = destinationsOf(list.join(','))
    expect(found).toHaveLength(DOMAINS_READ_MAX)
    expect(found.length).toBeGreaterThan(KNOWN_DESTINATIONS_MAX)
  })

  it('finds the one new domain in a long list', () => {
    const list = [...Array.from({ length: 500 }, (_, index) => `user${index}@known.example`), 'x@evil.example'].join(
      ', ',
    )
    expect(written(list)).toEqual(['mail domain known.example', 'mail domain evil.example'])
  })
})

describe('directories', () => {
  test.each`
    text                           | directory           | because
    ${'/home/bob/reports/may.csv'} | ${'/home/bob'}      | ${'the first two directories'}
    ${'/home/bob/'}                | ${'/home/bob'}      | ${'a slash at the end makes it a directory'}
    ${'/etc/passwd'}               | ${'/etc'}           | ${'the last part is a file'}
    ${'/passwd'}                   | ${'/'}              | ${'in the root'}
    ${'//home///bob/./x'}          | ${'/home/bob'}      | ${'empty parts and dots say nothing'}
    ${'/home/bob/../../etc/ssh/x'} | ${'/etc/ssh'}       | ${'parents are worked out'}
    ${'/../../etc/x'}              | ${'/etc'}           | ${'nothing is above the root'}
    ${'/home/bob/..'}              | ${'/home'}          | ${'a parent at the end'}
    ${'/Home/Bob/x'}               | ${'/Home/Bob'}      | ${'case tells apart'}
    ${'~/.ssh/id_rsa'}             | ${'~/.ssh'}         | ${'the home directory'}
    ${'~'}                         | ${'~'}              | ${'itself'}
    ${'~eve/x/y'}                  | ${'~eve/x'}         | ${"someone else's"}
    ${'~/../root/x'}               | ${'~/../root'}      | ${'above it is unknown'}
    ${'C:\\Users\\Bob\\x.txt'}     | ${'c:/users/bob'}   | ${'a drive, without case'}
    ${'c:/users/bob/x.txt'}        | ${'c:/users/bob'}   | ${'with the other slashes'}
    ${'\\\\Server\\Share\\x\\y'}   | ${'//server/share'} | ${'a share'}
    ${'file:///etc/ssh/x'}         | ${'/etc/ssh'}       | ${'a file URL'}
    ${'file:///etc/%73sh/x'}       | ${'/etc/ssh'}       | ${'with escapes'}
  `('$text -> $directory: $because', ({ text, directory }) => {
    expect(written(text)).toEqual([`directory ${directory}`])
  })
})

describe('accounts', () => {
  test.each`
    text                                            | account                                         | because
    ${'GB29NWBK60161331926819'}                     | ${'GB29NWBK60161331926819'}                     | ${'an IBAN'}
    ${'gb29 nwbk 6016 1331 9268 19'}                | ${'GB29NWBK60161331926819'}                     | ${'spaces and case make no other account'}
    ${'US133000000121212121212'}                    | ${'US133000000121212121212'}                    | ${'like an IBAN, whether or not it exists'}
    ${'0x52908400098527886E0F7030069857D2E4169EE7'} | ${'0x52908400098527886e0f7030069857d2e4169ee7'} | ${'a crypto address; its case is a checksum'}
    ${'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq'} | ${'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq'} | ${'another one'}
  `('$text -> $account: $because', ({ text, account }) => {
    expect(written(text)).toEqual([`account ${account}`])
  })
})

describe('no destination', () => {
  test.each`
    text                                      | because
    ${''}                                     | ${'a blank'}
    ${'rent for May'}                         | ${'words'}
    ${'note: call me'}                        | ${'a colon is not a scheme'}
    ${'https://'}                             | ${'a URL without a host'}
    ${'https://exa mple.com/'}                | ${'a host with a space'}
    ${'readme.md'}                            | ${'a file name, which only looks like a domain'}
    ${'reports/may.csv'}                      | ${'a relative path'}
    ${'~5 items'}                             | ${'about five'}
    ${'ab12cd34ef56ab12cd34ef56ab12cd34'}     | ${'a digest'}
    ${'in24 hours'}                           | ${'words and a number'}
    ${'3f2504e0-4f89-41d3-9a0c-0305e82c3301'} | ${'a UUID'}
    ${'/one\n/two'}                           | ${'more than one line'}
    ${'a@b.example,'.repeat(10_000)}          | ${'more than any program takes'}
  `('$text: $because', ({ text }) => {
    expect(destinationsOf(text)).toEqual([])
  })
})

describe('a value as a whole', () => {
  test.each`
    value                    | name                                 | because
    ${'#General  Chat '}     | ${'#general chat'}                   | ${'case and spaces make no other value'}
    ${'Example.COM.'}        | ${'example.com'}                     | ${'a bare domain reads as one'}
    ${'b\u00fccher.example'} | ${'xn--bcher-kva.example'}           | ${'in one spelling'}
    ${12345678}              | ${'12345678'}                        | ${'a number'}
    ${12345678n}             | ${'12345678'}                        | ${'the same as a bigint'}
    ${-0}                    | ${'0'}                               | ${'there is one zero'}
    ${10n ** 1_000n}         | ${'a number of more than 40 digits'} | ${'no account has that many'}
    ${' \u200b '}            | ${undefined}                         | ${'a blank goes nowhere'}
    ${true}                  | ${undefined}                         | ${'neither does true'}
    ${null}                  | ${undefined}                         | ${'nor nothing'}
  `('$value -> $name: $because', ({ value, name }) => {
    expect(wholeOf(value)?.name).toBe(name)
  })
})

describe('whatever the text', () => {
  const nasty = fc.string({
    unit: fc.constantFrom(
      '@',
      '/',
      '\\',
      ':',
      '.',
      '~',
      '<',
      '>',
      ',',
      'a',
      'É',
      ' ',
      '%',
      '[',
      '0',
      'x',
      '\u200b',
      '\ud800',
    ),
    maxLength: 60,
  })

  it('never throws, and reads its own names alike', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.webUrl(), fc.emailAddress()), (text) => {
        for (const { kind, name } of destinationsOf(text)) {
          expect(name).not.toBe('')
          if (kind === 'host') expect(destinationsOf(`http://${name}/`)).toEqual([{ kind, name }])
        }
        wholeOf(text)
      }),
      { numRuns: 5_000 },
    )
  })

  it('gives each URL the host that Node gives it', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        expect(destinationsOf(url)).toEqual([{ kind: 'host', name: new URL(url).hostname.replace(/\.+$/, '') }])
      }),
    )
  })
})
