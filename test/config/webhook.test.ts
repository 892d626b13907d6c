import { describe, expect, it, test } from 'vitest'
import { webhookSettings } from '../../src/approval/webhook/settings.ts'
import { readConfig } from '../../src/config/read.ts'
import { type Issue, SentinelConfigError } from '../../src/errors.ts'

const URL_OK = 'https://approvals.example.com/sentinel'
const SECRET = `whsec_${Buffer.alloc(24, 'k').toString('base64')}`
const OK = { url: URL_OK, secret: SECRET }

function issues(webhook: unknown, wrap = (channel: object): unknown => channel): readonly Issue[] {
  try {
    readConfig({ approval: wrap({ webhook }) }, {})
    return []
  } catch (error) {
    if (error instanceof SentinelConfigError) return error.issues
    throw error
  }
}

describe('approval by webhook', () => {
  test.each`
    webhook                                                                        | because
    ${OK}                                                                          | ${'an address and a secret are enough'}
    ${{ ...OK, secret: [SECRET, SECRET] }}                                         | ${'several secrets'}
    ${{ ...OK, headers: { authorization: 'Bearer x', 'x-team': 'a' } }}            | ${'headers of the receiver'}
    ${{ ...OK, url: 'http://127.0.0.1:9000/x', allowedHosts: ['127.0.0.1'] }}      | ${'a private host that is named'}
    ${{ ...OK, url: 'http://vault.internal/x', allowedHosts: ['Vault.internal'] }} | ${'in any case'}
    ${{ ...OK, answers: 'callback' }}                                              | ${'the answer by callback'}
    ${{ ...OK, statusUrl: 'https://status.example.com/{id}' }}                     | ${'the answer elsewhere'}
    ${{ ...OK, statusUrl: `${URL_OK}?id={id}` }}                                   | ${'the id in the query'}
    ${{ ...OK, attemptTimeoutMs: 100, pollIntervalMs: 60_000 }}                    | ${'times of its own'}
  `('may be $webhook: $because', ({ webhook }) => {
    expect(issues(webhook)).toEqual([])
    expect(issues(webhook, (channel) => ['queue', channel])).toEqual([])
  })

  test.each`
    webhook                                                                | path                   | says
    ${URL_OK}                                                              | ${''}                  | ${'expected object'}
    ${null}                                                                | ${''}                  | ${'expected object'}
    ${{}}                                                                  | ${'.url'}              | ${'expected a URL'}
    ${{ ...OK, url: 'approvals' }}                                         | ${'.url'}              | ${'expected a URL'}
    ${{ ...OK, url: 'http://approvals.example.com' }}                      | ${'.url'}              | ${'expected https'}
    ${{ ...OK, url: 'https://127.0.0.1/' }}                                | ${'.url'}              | ${'not on the public internet'}
    ${{ ...OK, url: 'https://0x7f.1/' }}                                   | ${'.url'}              | ${'not on the public internet'}
    ${{ ...OK, url: 'https://localhost/' }}                                | ${'.url'}              | ${'name it in `allowedHosts`'}
    ${{ ...OK, url: 'https://a:b@approvals.example.com/' }}                | ${'.url'}              | ${'without user and password'}
    ${{ ...OK, secret: 'hunter2' }}                                        | ${'.secret'}           | ${'expected `whsec_`'}
    ${{ ...OK, secret: [] }}                                               | ${'.secret'}           | ${'1 to 4 secrets'}
    ${{ ...OK, secret: Array.from({ length: 5 }, () => SECRET) }}          | ${'.secret'}           | ${'1 to 4 secrets'}
    ${{ ...OK, secret: [SECRET, 'x'] }}                                    | ${'.secret[1]'}        | ${'expected `whsec_`'}
    ${{ ...OK, headers: { 'Webhook-Id': 'x' } }}                           | ${'.headers'}          | ${'expected header names'}
    ${{ ...OK, headers: { Host: 'x' } }}                                   | ${'.headers'}          | ${'expected header names'}
    ${{ ...OK, headers: { 'transfer-encoding': 'chunked' } }}              | ${'.headers'}          | ${'expected header names'}
    ${{ ...OK, headers: { 'x y': 'x' } }}                                  | ${'.headers'}          | ${'expected header names'}
    ${{ ...OK, headers: { x: 'a\r\nb: c' } }}                              | ${'.headers'}          | ${'expected header names'}
    ${{ ...OK, headers: { x: 5 } }}                                        | ${'.headers'}          | ${'expected header names'}
    ${{ ...OK, allowedHosts: ['http://x'] }}                               | ${'.allowedHosts[0]'}  | ${'expected a host'}
    ${{ ...OK, allowedHosts: ['*.internal'] }}                             | ${'.allowedHosts[0]'}  | ${'expected a host'}
    ${{ ...OK, answers: 'both' }}                                          | ${'.answers'}          | ${'expected one of'}
    ${{ ...OK, statusUrl: 'https://status.example.com/' }}                 | ${'.statusUrl'}        | ${'with `{id}`'}
    ${{ ...OK, statusUrl: 'https://{id}.example.com/' }}                   | ${'.statusUrl'}        | ${'after its host'}
    ${{ ...OK, statusUrl: 'https://status.example.com:{id}/' }}            | ${'.statusUrl'}        | ${'after its host'}
    ${{ ...OK, statusUrl: 'https://10.0.0.1/{id}' }}                       | ${'.statusUrl'}        | ${'not on the public internet'}
    ${{ ...OK, statusUrl: 'https://a.example/{id}', answers: 'callback' }} | ${'.statusUrl'}        | ${'leave it out'}
    ${{ ...OK, attemptTimeoutMs: 0 }}                                      | ${'.attemptTimeoutMs'} | ${'>=100'}
    ${{ ...OK, pollIntervalMs: 3_600_000 }}                                | ${'.pollIntervalMs'}   | ${'<=60000'}
    ${{ ...OK, timeout: 5 }}                                               | ${'.timeout'}          | ${'there is no such key'}
  `('is refused at approval.webhook$path: $says', ({ webhook, path, says }) => {
    const wanted = (at: string) => [
      expect.objectContaining({ path: `${at}.webhook${path}`, message: expect.stringContaining(says) }),
    ]
    if (Object.keys(webhook ?? {}).length > 0) expect(issues(webhook)).toEqual(wanted('approval'))
    else expect(issues(webhook)).toEqual(expect.arrayContaining(wanted('approval')))
    if (typeof webhook === 'object' && webhook !== null && Object.keys(webhook).length > 0)
      expect(issues(webhook, (channel) => ['queue', channel])).toEqual(wanted('approval[1]'))
  })

  it('[P14] repeats nothing of an address, a header or a secret', () => {
    const broken = {
      url: 'http://user:in-the-url@approvals.example.com/in-the-path',
      secret: ['whsec_in-the-secret', 'in-another'],
      headers: { authorization: 'in-the\nheader' },
      statusUrl: 'https://in-the-status-url/',
    }
    const said = JSON.stringify(issues(broken))
    for (const secret of ['in-the', 'in-another', 'whsec_in']) expect(said).not.toContain(secret)
  })

  it('knows neither a channel of another form', () => {
    expect(() => readConfig({ approval: { mail: 'x' } }, {})).toThrow("expected 'terminal', 'queue', { webhook }")
  })
})

it('[P14] settings hold no secret that shows', () => {
  expect(JSON.stringify(webhookSettings(OK))).not.toContain(SECRET.slice(6))
})
