import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { SentinelConfigError } from '../../../src/errors.ts'
import { redactorWith, shownBy } from './redactors.ts'

const { redactText } = redactorWith()
const PEM_BODY =
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\nMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu'
const JWT =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'

/** Put together here, so that no scanner takes this file for a leak. */
const joined = (...parts: readonly string[]): string => parts.join('')
const letters = (count: number): string => 'aB3dE5gH7jK9mN1pQ2sT4vW6xY8z'.repeat(4).slice(0, count)

describe('secrets in a text', () => {
  test.each`
    text                                                                                         | shown
    ${'Bearer abc123def456'}                                                                     | ${'Bearer [redacted]'}
    ${'send it with bearer abcdefghijklmnopqrstuvwxyz please'}                                   | ${'send it with bearer [redacted] please'}
    ${'Basic dXNlcjpwYXNzd29yZA=='}                                                              | ${'Basic [redacted]'}
    ${JWT}                                                                                       | ${'[redacted]'}
    ${`see ${JWT}.`}                                                                             | ${'see [redacted]'}
    ${joined('AKIA', 'IOSFODNN7EXAMPLE')}                                                        | ${'[redacted]'}
    ${joined('the key gh', 'p_', letters(36), ' leaked')}                                        | ${'the key [redacted] leaked'}
    ${joined('github', '_pat_', letters(40))}                                                    | ${'[redacted]'}
    ${joined('gl', 'pat-', letters(20))}                                                         | ${'[redacted]'}
    ${joined('xox', 'b-123456789012-', letters(24))}                                             | ${'[redacted]'}
    ${joined('s', 'k_live_', letters(24))}                                                       | ${'[redacted]'}
    ${joined('wh', 'sec_', letters(32))}                                                         | ${'[redacted]'}
    ${joined('s', 'k-proj-', letters(48))}                                                       | ${'[redacted]'}
    ${joined('s', 'k-ant-api03-', letters(60))}                                                  | ${'[redacted]'}
    ${joined('AI', 'za', letters(35))}                                                           | ${'[redacted]'}
    ${joined('np', 'm_', letters(36))}                                                           | ${'[redacted]'}
    ${joined('h', 'f_', letters(34))}                                                            | ${'[redacted]'}
    ${joined('SG', '.', letters(22), '.', letters(43))}                                          | ${'[redacted]'}
    ${joined('line one\\ngh', 'p_', letters(36))}                                                | ${'line one\\n[redacted]'}
    ${`-----BEGIN PRIVATE KEY-----\n${PEM_BODY}\n-----END PRIVATE KEY-----\nbye`}                | ${'[redacted]\nbye'}
    ${`-----BEGIN RSA PRIVATE KEY-----\n${PEM_BODY}`}                                            | ${'[redacted]'}
    ${`-----BEGIN PGP PRIVATE KEY BLOCK-----\n${PEM_BODY}\n-----END PGP PRIVATE KEY BLOCK-----`} | ${'[redacted]'}
    ${joined('xox', 'b-', letters(10))}                                                          | ${'[redacted]'}
    ${joined('wh', 'sec_', 'ab+cdefgh/'.repeat(3))}                                              | ${'[redacted]'}
    ${joined('gl', 'ft-', letters(20))}                                                          | ${'[redacted]'}
    ${joined('gl', 'pat-', letters(27), '.01.', letters(9), '. Next')}                           | ${'[redacted]. Next'}
    ${joined('https://api.telegram.org/bot', '123456789:', 'AA', letters(33), '/getMe')}         | ${'https://api.telegram.org/[redacted]/getMe'}
    ${joined('aSd', '8Q~', letters(34))}                                                         | ${'[redacted]'}
    ${joined('dck', 'r_pat_', letters(27))}                                                      | ${'[redacted]'}
    ${joined('gs', 'k_', letters(52))}                                                           | ${'[redacted]'}
    ${joined('hv', 's.', letters(90))}                                                           | ${'[redacted]'}
    ${joined(letters(14), '.atlas', 'v1.', letters(60))}                                         | ${'[redacted]'}
    ${joined('lin', '_api_', letters(40))}                                                       | ${'[redacted]'}
    ${joined('0123456789abcdef'.repeat(2), '-u', 's12')}                                         | ${'[redacted]'}
    ${'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aB3dE5gH7jK9.mN1pQ2.sT4vW6'}                     | ${'[redacted]'}
    ${'postgres://app:p/q?r#s@db.example.com/shop'}                                              | ${'postgres://[redacted]@db.example.com/shop'}
    ${'jdbc:oracle:thin:scott/tiger@//db:1521/x'}                                                | ${'jdbc:oracle:thin:[redacted]@//db:1521/x'}
    ${'curl -s -u admin:hunter2 https://x.example'}                                              | ${'curl -s -u admin:[redacted] https://x.example'}
    ${'sshpass -p hunter2 ssh bob@x'}                                                            | ${'sshpass -p [redacted] ssh bob@x'}
    ${'mysql -u root -phunter2 shop'}                                                            | ${'mysql -u root -p[redacted] shop'}
    ${'docker login -u bob -p hunter2 x.example'}                                                | ${'docker login -u bob -p [redacted] x.example'}
    ${'redis-cli -h cache -a hunter2 ping'}                                                      | ${'redis-cli -h cache -a [redacted] ping'}
    ${'postgres://app:hunter2@db.example.com:5432/shop'}                                         | ${'postgres://[redacted]@db.example.com:5432/shop'}
    ${'redis://:hunter2@cache'}                                                                  | ${'redis://[redacted]@cache'}
    ${'amqp://u:p@ss@host/vhost'}                                                                | ${'amqp://[redacted]@host/vhost'}
    ${'https://example.com/cb?code=1&access_token=abc&page=2'}                                   | ${'https://example.com/cb?code=1&access_token=[redacted]&page=2'}
    ${'https://x.example/f?X-Amz-Signature=0a1b2c&X-Amz-Date=2026'}                              | ${'https://x.example/f?X-Amz-Signature=[redacted]&X-Amz-Date=2026'}
    ${'https://x.example/#access_token=abc'}                                                     | ${'https://x.example/#access_token=[redacted]'}
    ${'https://hooks.slack.com/services/T0/B0/aB3dE5gH7jK9'}                                     | ${'https://hooks.slack.com/services/[redacted]'}
    ${'Server=db;User Id=sa;Password=p@ss word;Timeout=5'}                                       | ${'Server=db;User Id=sa;Password=[redacted] word;Timeout=5'}
    ${'export API_KEY=abc123'}                                                                   | ${'export API_KEY=[redacted]'}
    ${'password = "two words"'}                                                                  | ${'password = "[redacted]"'}
    ${"secret='a\\'b' next"}                                                                     | ${"secret='[redacted]' next"}
    ${'user: bob\npassword: hunter2 and more\nport: 1'}                                          | ${'user: bob\npassword: [redacted]\nport: 1'}
    ${'Authorization: Basic YWJj'}                                                               | ${'Authorization: [redacted]'}
    ${'Cookie: a=b; c=d\r\nAccept: */*'}                                                         | ${'Cookie: [redacted]\r\nAccept: */*'}
    ${'curl -H "X-Api-Key: abc" https://x.example'}                                              | ${'curl -H "X-Api-Key: [redacted]" https://x.example'}
    ${"curl -H 'Cookie: a=b; c=d' x"}                                                            | ${"curl -H 'Cookie: [redacted]' x"}
    ${'my password: hunter2, thanks'}                                                            | ${'my password: [redacted], thanks'}
    ${'mysql --user root --password hunter2 shop'}                                               | ${'mysql --user root --password [redacted] shop'}
    ${'tool --api-key=abc --verbose'}                                                            | ${'tool --api-key=[redacted] --verbose'}
    ${'<user>bob</user><password>hunter2</password>'}                                            | ${'<user>bob</user><password>[redacted]</password>'}
    ${'url=https://x.example/?token=abc'}                                                        | ${'url=https://x.example/?token=[redacted]'}
    ${'query="password=hunter2"'}                                                                | ${'query="password=[redacted]"'}
    ${'log: {"user":"bob","password":"hun\\"ter2","n":1}'}                                       | ${'log: {"user":"bob","password":"[redacted]","n":1}'}
    ${'log: {"pin": 1234}'}                                                                      | ${'log: {"pin": [redacted]}'}
    ${'cut: {"token":"abc'}                                                                      | ${'cut: {"token":"[redacted]'}
    ${"{'password': 'hunter2'}"}                                                                 | ${"{'password': '[redacted]'}"}
    ${'"{\\"token\\":\\"abc\\",\\"n\\":1}"'}                                                     | ${'"{\\"token\\":\\"[redacted]\\",\\"n\\":1}"'}
    ${'  user             = "bob"\n  password         = "hunter2"'}                              | ${'  user             = "bob"\n  password         = "[redacted]"'}
    ${'- **Password:** hunter2\n- **Port**: 1'}                                                  | ${'- **Password:** [redacted]\n- **Port**: 1'}
    ${'`api_key`: `abc123`'}                                                                     | ${'`api_key`: `[redacted]`'}
    ${'fetch(x, { Authorization: `Bearer ab 12`, a: 1 })'}                                       | ${'fetch(x, { Authorization: `[redacted]`, a: 1 })'}
    ${'os.environ["API_KEY"] = "abc"; os.environ["LANG"] = "C"'}                                 | ${'os.environ["API_KEY"] = "[redacted]"; os.environ["LANG"] = "C"'}
    ${'user[name]=bob&user[password]=hunter2'}                                                   | ${'user[name]=bob&user[password]=[redacted]'}
    ${":user => 'bob', :password => 'hunter2'"}                                                  | ${":user => 'bob', :password => '[redacted]'"}
    ${"'password' => 'hunter2', 'port' => 1"}                                                    | ${"'password' => '[redacted]', 'port' => 1"}
    ${'Uid=sa;Pwd={p;w};Db=x'}                                                                   | ${'Uid=sa;Pwd={[redacted]};Db=x'}
    ${'a:\n  password: |\n    one\n    two\n  port: 1'}                                          | ${'a:\n  password: |\n[redacted]\n  port: 1'}
    ${'- name: DB_PASSWORD\n  value: hunter2\n- name: DB_USER\n  value: bob'}                    | ${'- name: DB_PASSWORD\n  value: [redacted]\n- name: DB_USER\n  value: bob'}
    ${'see {"name":"token","value":"abc"}, {"name":"a","value":"b"}'}                            | ${'see {"name":"token","value":"[redacted]"}, {"name":"a","value":"b"}'}
    ${'<add key="ApiKey" value="abc" /><add key="Page" value="2" />'}                            | ${'<add key="ApiKey" value="[redacted]" /><add key="Page" value="2" />'}
    ${'<input name="password" id="p1" value="hunter2">'}                                         | ${'<input name="password" id="p1" value="[redacted]">'}
    ${'<wsse:Password Type="x">hunter2</wsse:Password>'}                                         | ${'<wsse:Password Type="x">[redacted]</wsse:Password>'}
    ${'<password><![CDATA[a<b]]></password>'}                                                    | ${'<password><![CDATA[[redacted]]]></password>'}
    ${'log: {"credentials":{"user":"b}","pass":["x"]},"n":1}'}                                   | ${'log: {"credentials":[redacted],"n":1}'}
    ${'log: "{\\"credentials\\":{\\"user\\":\\"b}\\"},\\"n\\":1}"'}                              | ${'log: "{\\"credentials\\":[redacted],\\"n\\":1}"'}
    ${'cut: {"passwords":["a","b'}                                                               | ${'cut: {"passwords":[redacted]'}
    ${'4111 1111 1111 1111'}                                                                     | ${'[redacted]'}
    ${'4111-1111-1111-1111'}                                                                     | ${'[redacted]'}
    ${'pay with 5555555555554444 now'}                                                           | ${'pay with [redacted] now'}
    ${'order 12345 4111 1111 1111 1111 123'}                                                     | ${'order 12345 [redacted] 123'}
    ${'4111.1111.1111.1111'}                                                                     | ${'[redacted]'}
    ${'378282246310005 and 6011111111111117'}                                                    | ${'[redacted] and [redacted]'}
  `('[P14] $text', ({ text, shown }) => {
    expect(redactText(text)).toBe(shown)
  })
})

it('[P14] finds a token wherever it stands', () => {
  const around = fc.array(fc.constantFrom('a', 'words', 'fourteen_chars', 'é', '.', ',', '/', '\n', '\u2028', '😀'))
  const token = fc.constantFrom(joined('SK', '0123456789abcdef'.repeat(2)), joined('AKIA', 'IOSFODNN7EXAMPLE'))
  fc.assert(
    fc.property(around, token, around, (before, secret, after) => {
      const shown = redactText([...before, '.', secret, '.', ...after].join(''))
      expect(shown).toBe([...before, '.', '[redacted]', '.', ...after].join(''))
    }),
  )
})

describe('text that only looks like it', () => {
  test.each`
    text                                                                  | because
    ${'the bearer of bad news'}                                           | ${'English'}
    ${'basic information about tokens'}                                   | ${'English'}
    ${'The password: required, at least 8 characters'}                    | ${'English'}
    ${'Authors: Bob, Ann'}                                                | ${'another name'}
    ${'const f = (token) => token.length'}                                | ${'a function'}
    ${'if (list[token] == other) list["token"] === 1'}                    | ${'comparisons'}
    ${'name: token count, value: 5'}                                      | ${'another name'}
    ${'- name: TOKEN\n  valueFrom:\n    key: x'}                          | ${'a value that is elsewhere'}
    ${'token == other'}                                                   | ${'a comparison'}
    ${'password = null'}                                                  | ${'no value'}
    ${'max_tokens=500&page_token=abc'}                                    | ${'counts and places'}
    ${'sig=abc'}                                                          | ${'a signature outside of an address'}
    ${'https://example.com:8080/path?page=2#top'}                         | ${'an address without secrets'}
    ${'mail bob@example.com or http://example.com'}                       | ${'an address without a password'}
    ${'http://localhost:3000/@user http://[::1]:80/@user'}                | ${'ports'}
    ${'https://x.example:8080?to=bob@example.com'}                        | ${'a port'}
    ${'docker run -u 1000:1000 -p 8080:80 mysql'}                         | ${'a user and ports'}
    ${'mysql -h db -P 3306 -p shop'}                                      | ${'a password that is asked for'}
    ${'git@github.com:owner/project.git'}                                 | ${'a user without a password'}
    ${'550e8400-e29b-41d4-a716-446655440000'}                             | ${'a UUID'}
    ${'2026-01-05T09:00:00.000Z'}                                         | ${'a time'}
    ${'1767603600000'}                                                    | ${'a time in milliseconds, which passes the check of a card'}
    ${'4111 1111 1111 1112'}                                              | ${'a wrong check digit'}
    ${'9111111111111111'}                                                 | ${'no network begins with 9'}
    ${'490154203237518 and 356938035643809'}                              | ${'IMEIs, which pass the check of a card'}
    ${'5901234123457'}                                                    | ${'an article number that passes the check'}
    ${'530189273946472448'}                                               | ${'a name made of a time'}
    ${'4111.1111111111'}                                                  | ${'a fraction'}
    ${'DE89 3704 0044 0532 0130 00'}                                      | ${'an IBAN'}
    ${'+44 20 7946 0958'}                                                 | ${'a telephone number'}
    ${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'} | ${'a checksum'}
    ${'sk-learn-is-a-library-for-machine-learning'}                       | ${'words with hyphens'}
    ${'the risk-assessment-committee-of-the-board'}                       | ${'words with hyphens'}
    ${'-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'}     | ${'public'}
    ${'-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----'}       | ${'public'}
    ${''}                                                                 | ${'nothing'}
  `('$text: $because', ({ text }) => {
    expect(redactText(text)).toBe(text)
  })
})

describe('patterns of your own', () => {
  it('[P14] replace each match, and only that', () => {
    const redactor = redactorWith({ patterns: ['EMP-[0-9]{4}', '(?i)project zeus'] })
    expect(shownBy(redactor, { text: 'EMP-1234 and EMP-12 on Project Zeus$1' })).toEqual({
      text: '[redacted] and EMP-12 on [redacted]$1',
    })
  })

  it('[P14] reach numbers and names', () => {
    const redactor = redactorWith({ patterns: ['^77[0-9]+$', 'zeus'] })
    const params = { a: 7712, b: 12, zeus: 1, c: 77n }
    expect(shownBy(redactor, params)).toEqual({ a: '[redacted]', b: 12, '[redacted]': 1, c: 77n })
    expect(redactor.redact(params).paths).toEqual(['["[redacted]"]', 'a'])
  })

  it('a match of nothing is none', () => {
    const redactor = redactorWith({ patterns: ['x*', '\\b'] })
    expect(shownBy(redactor, { n: 'axxb c' })).toEqual({ n: 'a[redacted]b c' })
  })

  it('[P6] run in linear time, whatever they are', () => {
    const redactor = redactorWith({ patterns: ['^(a+)+$'] })
    expect(redactor.redactText(`${'a'.repeat(10_000)}b`)).toHaveLength(10_001)
  })

  it.each([
    [['('], 'redact.patterns[0]'],
    [['fine', '(?=look)'], 'redact.patterns[1]'],
    [['(a)\\1'], 'redact.patterns[0]'],
  ])('%j is refused at %s', (patterns, path) => {
    let error: unknown
    try {
      redactorWith({ patterns })
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(SentinelConfigError)
    expect((error as SentinelConfigError).issues.map((issue) => issue.path)).toEqual([path])
  })

  it('all that are wrong are named at once', () => {
    expect(() => redactorWith({ patterns: ['(', ')'] })).toThrow(/patterns\[0\].*patterns\[1\]/s)
  })
})

describe('[P6] a mebibyte of', () => {
  const size = 2 ** 20
  test.each`
    unit                             | what
    ${'a'}                           | ${'letters'}
    ${'eyJ'}                         | ${'beginnings of a token'}
    ${'eyJ-'}                        | ${'beginnings of a token at word edges'}
    ${'eyJabcdefgh.'}                | ${'first parts of a token'}
    ${'sk-'}                         | ${'beginnings of a key'}
    ${'SG.abcdefghijklmnop.'}        | ${'halves of a key'}
    ${'://a:'}                       | ${'addresses without an end'}
    ${'://a:b'}                      | ${'user names'}
    ${'bearer '}                     | ${'bearers'}
    ${'-----BEGIN PRIVATE KEY-----'} | ${'keys that never end'}
    ${'password='}                   | ${'names without a value'}
    ${'password="'}                  | ${'quotes'}
    ${'password="\\'}                | ${'escapes'}
    ${'\\\\"token\\\\":\\\\"'}       | ${'escaped quotes'}
    ${'a='}                          | ${'other names'}
    ${'a: '}                         | ${'lines'}
    ${'--token '}                    | ${'options'}
    ${'<token>'}                     | ${'tags'}
    ${'4'}                           | ${'digits'}
    ${'4 '}                          | ${'lone digits'}
    ${'411 '}                        | ${'groups of digits'}
    ${'4111-1111-'}                  | ${'almost cards'}
    ${'fifteen_letters '}            | ${'words that are almost long'}
    ${'['}                           | ${'lists in lists'}
    ${'{"a":'}                       | ${'objects in objects'}
    ${'\\'}                          | ${'backslashes'}
    ${'://a:b/'}                     | ${'addresses with a colon'}
    ${'curl -u '}                    | ${'commands'}
    ${'mysql '}                      | ${'commands without a password'}
    ${'docker login '}               | ${'logins without a password'}
    ${'password '}                   | ${'names without a separator'}
    ${'"password":{'}                | ${'objects without an end'}
    ${'name: token '}                | ${'names of pairs'}
    ${'<a '}                         | ${'tags without an end'}
    ${'password: |\n  '}             | ${'blocks without a line'}
    ${'a    '}                       | ${'columns'}
  `('$what ends', ({ unit }: { unit: string }) => {
    expect(typeof redactText(unit.repeat(Math.floor(size / unit.length)))).toBe('string')
  })
})
