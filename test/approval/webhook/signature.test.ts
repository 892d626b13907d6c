import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readSecret, secretProblem, signedHeaders, verify } from '../../../src/approval/webhook/signature.ts'
import type { EpochMs } from '../../../src/domain/units.ts'
import { FOREIGN_SECRET, OLD_SECRET, SECRET, signatureOf } from './receiver.ts'

/** From the tests of the reference libraries of Standard Webhooks (libraries/javascript, libraries/go: "sign function works"). */
const OFFICIAL = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
} as const
const NOW = (Number(OFFICIAL.timestamp) * 1000) as EpochMs
const secrets = [readSecret(OFFICIAL.secret)]
const at = (seconds: number): EpochMs => (NOW + seconds * 1000) as EpochMs

describe('the official vector', () => {
  it('is what we sign', () => {
    expect(signedHeaders({ id: OFFICIAL.id, body: OFFICIAL.body }, { secrets, now: NOW })).toEqual({
      'webhook-id': OFFICIAL.id,
      'webhook-timestamp': OFFICIAL.timestamp,
      'webhook-signature': OFFICIAL.signature,
    })
  })

  const headers = {
    'webhook-id': OFFICIAL.id,
    'webhook-timestamp': OFFICIAL.timestamp,
    'webhook-signature': OFFICIAL.signature,
  }
  const check = (
    change: Readonly<Record<string, string | readonly string[] | undefined>>,
    body: string = OFFICIAL.body,
  ) => verify({ headers: { ...headers, ...change }, body }, { secrets, now: NOW })
  const other = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc='
  const [, base64] = OFFICIAL.signature.split(',')

  test.each`
    change                                                                         | because
    ${{}}                                                                          | ${'it is the vector'}
    ${{ 'webhook-signature': `${other} v2,${base64} ${OFFICIAL.signature}` }}      | ${'one of several signatures is enough'}
    ${{ 'webhook-signature': `v1a,${base64} ${OFFICIAL.signature}` }}              | ${'an asymmetric one beside it is passed over'}
    ${{ 'webhook-signature': undefined, 'Webhook-Signature': OFFICIAL.signature }} | ${'header names have no case'}
    ${{ 'webhook-signature': [OFFICIAL.signature] }}                               | ${'a list of one is one'}
  `('[P19] is taken: $because', ({ change }) => {
    expect(check(change)).toEqual({ id: OFFICIAL.id })
  })

  test.each`
    change                                                                       | says                   | because
    ${{ 'webhook-id': undefined }}                                               | ${'webhook-id'}        | ${'the id is missing'}
    ${{ 'webhook-timestamp': undefined }}                                        | ${'webhook-timestamp'} | ${'the time is missing'}
    ${{ 'webhook-signature': undefined }}                                        | ${'webhook-signature'} | ${'the signature is missing'}
    ${{ 'webhook-signature': '' }}                                               | ${'signature'}         | ${'the signature is empty'}
    ${{ 'webhook-signature': 'v1,' }}                                            | ${'signature'}         | ${'there is nothing behind the version'}
    ${{ 'webhook-signature': OFFICIAL.signature.slice(0, 8) }}                   | ${'signature'}         | ${'it is cut'}
    ${{ 'webhook-signature': other }}                                            | ${'signature'}         | ${'it is another one'}
    ${{ 'webhook-signature': base64 }}                                           | ${'signature'}         | ${'it has no version'}
    ${{ 'webhook-signature': `v2,${base64}` }}                                   | ${'signature'}         | ${'of a version that there is not'}
    ${{ 'webhook-signature': `v1a,${base64}` }}                                  | ${'signature'}         | ${'nor is it an asymmetric one'}
    ${{ 'webhook-signature': `${`${other} `.repeat(16)}${OFFICIAL.signature}` }} | ${'signature'}         | ${'nobody sends that many'}
    ${{ 'webhook-signature': [OFFICIAL.signature, other] }}                      | ${'webhook-signature'} | ${'a header that is there twice says nothing'}
    ${{ 'WEBHOOK-ID': 'msg_2' }}                                                 | ${'webhook-id'}        | ${'in whatever case'}
    ${{ 'webhook-id': 'msg_2' }}                                                 | ${'signature'}         | ${'the id is signed too'}
    ${{ 'webhook-id': 'a.b' }}                                                   | ${'webhook-id'}        | ${'a full stop could be read as a separator'}
    ${{ 'webhook-id': 'a b' }}                                                   | ${'webhook-id'}        | ${'an id has no blank'}
    ${{ 'webhook-id': 'a'.repeat(257) }}                                         | ${'webhook-id'}        | ${'an id has an end'}
    ${{ 'webhook-timestamp': '1614265331' }}                                     | ${'signature'}         | ${'the time is signed too'}
    ${{ 'webhook-timestamp': '1614265330.0' }}                                   | ${'webhook-timestamp'} | ${'the time is whole seconds'}
    ${{ 'webhook-timestamp': 'hello' }}                                          | ${'webhook-timestamp'} | ${'the time is a number'}
  `('[P19] is refused when $because', ({ change, says }) => {
    expect(check(change)).toEqual({ problem: expect.stringContaining(says) })
  })

  it('[P19] is refused with another body', () => {
    expect(check({}, `${OFFICIAL.body} `)).toHaveProperty('problem')
    expect(check({}, '')).toHaveProperty('problem')
  })

  test.each`
    ageS    | taken    | because
    ${0}    | ${true}  | ${'now'}
    ${300}  | ${true}  | ${'five minutes old'}
    ${301}  | ${false} | ${'older'}
    ${-300} | ${true}  | ${'five minutes ahead'}
    ${-301} | ${false} | ${'further ahead'}
  `('[P19] signed $ageS s ago, taken: $taken ($because)', ({ ageS, taken }) => {
    const verified = verify({ headers, body: OFFICIAL.body }, { secrets, now: at(ageS) })
    if (taken) expect(verified).toEqual({ id: OFFICIAL.id })
    else expect(verified).toEqual({ problem: expect.stringMatching(/301 s (ago|in the future)/) })
  })

  it('is read from the headers of fetch as well', () => {
    expect(verify({ headers: new Headers(headers), body: Buffer.from(OFFICIAL.body) }, { secrets, now: NOW })).toEqual({
      id: OFFICIAL.id,
    })
    const twice = new Headers(headers)
    twice.append('webhook-id', 'msg_2')
    expect(verify({ headers: twice, body: OFFICIAL.body }, { secrets, now: NOW })).toHaveProperty('problem')
  })
})

describe('several secrets', () => {
  const body = '{}'
  const both = [SECRET, OLD_SECRET].map(readSecret)

  it('all sign, in their order', () => {
    const { 'webhook-signature': signature } = signedHeaders({ id: 'a', body }, { secrets: both, now: NOW })
    const message = { id: 'a', timestamp: OFFICIAL.timestamp, body }
    expect(signature).toBe(`${signatureOf(SECRET, message)} ${signatureOf(OLD_SECRET, message)}`)
  })

  test.each`
    secret            | taken
    ${SECRET}         | ${true}
    ${OLD_SECRET}     | ${true}
    ${FOREIGN_SECRET} | ${false}
  `('[P19] a message signed with $secret is taken: $taken', ({ secret, taken }) => {
    const headers = signedHeaders({ id: 'a', body }, { secrets: [readSecret(secret)], now: NOW })
    expect('id' in verify({ headers, body }, { secrets: both, now: NOW })).toBe(taken)
  })
})

it('[P19] signs as the standard says, and takes what it signed, whatever is signed', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/)
  fc.assert(
    fc.property(
      id,
      fc.integer({ min: 0, max: 4e12 }),
      fc.string({ unit: 'binary' }),
      fc.string(),
      (id, ms, body, more) => {
        const now = ms as EpochMs
        const bytes = Buffer.from(body)
        const headers = signedHeaders({ id, body: bytes }, { secrets, now })
        const timestamp = String(Math.floor(ms / 1000))
        expect(headers['webhook-signature']).toBe(
          signatureOf(OFFICIAL.secret, { id, timestamp, body: bytes.toString() }),
        )
        expect(verify({ headers, body: bytes }, { secrets, now })).toEqual({ id })
        if (more !== '')
          expect(verify({ headers, body: `${bytes}${more}` }, { secrets, now })).toHaveProperty('problem')
      },
    ),
  )
})

describe('a secret', () => {
  test.each`
    text                                                                | because
    ${OFFICIAL.secret}                                                  | ${'of 24 bytes'}
    ${`whsec_${Buffer.alloc(64).toString('base64')}`}                   | ${'of 64 bytes'}
    ${`whsec_${Buffer.alloc(25).toString('base64').replace(/=/g, '')}`} | ${'without its padding'}
  `('may be one $because', ({ text }) => {
    expect(secretProblem(text)).toBeUndefined()
  })

  test.each`
    text                                              | because
    ${''}                                             | ${'nothing'}
    ${undefined}                                      | ${'missing'}
    ${5}                                              | ${'a number'}
    ${'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'}             | ${'without its prefix it may be anything'}
    ${'whsec_'}                                       | ${'an empty key signs nothing'}
    ${'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa'}         | ${'23 bytes are too few'}
    ${`whsec_${Buffer.alloc(65).toString('base64')}`} | ${'65 bytes are too many'}
    ${'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!'}       | ${'not base64'}
    ${'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA'}      | ${'cut in the middle of a byte'}
    ${'whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'}        | ${'a private key of the asymmetric scheme'}
    ${' whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'}      | ${'with a blank before it'}
  `('[P14] $because: refused, and not repeated', ({ text }) => {
    const problem = secretProblem(text)
    expect(problem).toContain('expected `whsec_`')
    if (String(text).length > 8) expect(problem).not.toContain(String(text).slice(6))
  })
})
