import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createWebhookApprover } from '../../../src/approval/webhook/approver.ts'
import { RESPONSE_BYTES_MAX } from '../../../src/approval/webhook/exchange.ts'
import type { WebhookConfig } from '../../../src/approval/webhook/settings.ts'
import type { ApprovalAnswer, ApprovalRequest } from '../../../src/domain/approval.ts'
import { approverContract, type Channel } from '../contract.ts'
import { FakeClock } from '../fake-clock.ts'
import { aRequest, DAY_MS, MINUTE_MS, never, settled } from '../requests.ts'
import {
  decision,
  FOREIGN_SECRET,
  OLD_SECRET,
  type Received,
  Receiver,
  SECRET,
  signatureOf,
  signed,
} from './receiver.ts'

/** The first look for an answer comes after two seconds, and up to a quarter more. */
const FIRST_LOOK_MS = 2_500

let clock: FakeClock
let receiver: Receiver
beforeEach(async () => {
  clock = new FakeClock()
  receiver = await Receiver.listen()
})
afterEach(() => receiver.close())

/** Takes every request in, and answers the look for an answer as a test says. */
function whenLookedAt(look: (received: Received, index: number) => unknown): void {
  let looks = 0
  receiver.respond = (received) => {
    if (received.method === 'POST') return received.response.writeHead(202).end()
    looks += 1
    return look(received, looks)
  }
}

const send = ({ response }: Received, { headers, body }: ReturnType<typeof signed>, status = 200): unknown =>
  response.writeHead(status, headers).end(body)

interface Asked {
  readonly request: ApprovalRequest
  readonly answer: Promise<ApprovalAnswer>
}

function ask(config: Partial<WebhookConfig> = {}, signal = never): Asked {
  const request = aRequest(clock)
  return { request, answer: createWebhookApprover(receiver.settings(config), { clock }).request(request, signal) }
}

/** Asks, and looks once. */
async function askOnce(config: Partial<WebhookConfig> = {}): Promise<ApprovalAnswer> {
  const { answer } = ask(config)
  await receiver.over(1)
  clock.advance(FIRST_LOOK_MS)
  return answer
}

/** The one request there is in a test, as its receiver knows it. */
const asked = (): Pick<ApprovalRequest, 'id' | 'digest'> => {
  const { approvalId, digest } = JSON.parse(receiver.received[0]?.body ?? '').data
  return { id: approvalId, digest }
}

/** Lets time pass until the next look, after this many requests. Returns how long that was. */
async function nextLook(requests: number): Promise<number> {
  await receiver.over(requests)
  const from = clock.now()
  while (receiver.received.length === requests) {
    clock.advance(500)
    await settled()
  }
  return clock.now() - from
}

describe('the answer that is fetched', () => {
  test.each`
    data                                        | answer
    ${{ params: { amount: 1 } }}                | ${{ outcome: 'approved', by: 'ada', note: undefined, params: { amount: 1 } }}
    ${{ by: 'ada' }}                            | ${{ outcome: 'approved', by: 'ada', note: undefined }}
    ${{ outcome: 'denied', by: 'bob' }}         | ${{ outcome: 'denied', by: 'bob', note: undefined }}
    ${{ outcome: 'denied', note: 'not today' }} | ${{ outcome: 'denied', by: 'ada', note: 'not today' }}
  `('[P16] $data is $answer.outcome', async ({ data, answer }) => {
    whenLookedAt((received) => send(received, signed(decision(asked(), data), { clock })))
    expect(await askOnce()).toEqual(answer)
    expect(receiver.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /hook',
      `GET /hook/${asked().id}/status`,
    ])
  })

  it('[P19] is asked for with a signature over the id, the time and no body', async () => {
    whenLookedAt(({ response }) => response.writeHead(403).end())
    await askOnce({ headers: { authorization: 'abc' } })
    const { headers, body } = await receiver.arrived(2)
    const { id } = asked()
    const timestamp = String(headers['webhook-timestamp'])
    expect(body).toBe('')
    expect(headers).toMatchObject({
      authorization: 'abc',
      'webhook-id': id,
      'webhook-signature': signatureOf(SECRET, { id, timestamp, body }),
    })
  })

  test.each`
    statusUrl                  | path
    ${undefined}               | ${'/hook/ID/status'}
    ${'/s/{id}'}               | ${'/s/ID'}
    ${'/s?a={id}&b={id}#frag'} | ${'/s?a=ID&b=ID'}
  `('comes from $path when statusUrl is $statusUrl', async ({ statusUrl, path }) => {
    whenLookedAt(({ response }) => response.writeHead(403).end())
    const { origin } = new URL(receiver.url)
    await askOnce(statusUrl === undefined ? {} : { statusUrl: `${origin}${statusUrl}` })
    expect((await receiver.arrived(2)).path).toBe(path.replaceAll('ID', asked().id))
  })

  it('keeps the query of the url', async () => {
    whenLookedAt(({ response }) => response.writeHead(403).end())
    await askOnce({ url: `${receiver.url}/?team=a` })
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook/?team=a', `/hook/${asked().id}/status?team=a`])
  })

  it('is waited for while it is 202 or 204, and through trouble that passes', async () => {
    const before = [202, 204, 500, 429, 503]
    whenLookedAt((received, index) => {
      const status = before[index - 1]
      return status === undefined
        ? send(received, signed(decision(asked()), { clock }))
        : received.response.writeHead(status).end()
    })
    const request = aRequest(clock, { timeoutMs: DAY_MS })
    const answer = createWebhookApprover(receiver.settings(), { clock }).request(request, never)
    for (let look = 1; look <= 6; look++) await nextLook(look)
    expect(await answer).toMatchObject({ outcome: 'approved' })
  })

  it('[P26] is looked for less often the longer it takes, and never less than each 75 s', async () => {
    whenLookedAt(({ response }) => response.writeHead(204).end())
    const request = aRequest(clock, { timeoutMs: DAY_MS })
    const caller = new AbortController()
    const answer = createWebhookApprover(receiver.settings(), { clock }).request(request, caller.signal)
    const waits: number[] = []
    for (let look = 1; look <= 80; look++) {
      waits.push(await nextLook(look))
    }
    caller.abort()
    await answer
    const [first = 0] = waits
    expect(first).toBeGreaterThanOrEqual(2_000)
    expect(first).toBeLessThanOrEqual(3_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(75_500)
    expect(waits.at(-1)).toBeGreaterThanOrEqual(60_000)
    expect(new Set(waits.slice(-20)).size).toBeGreaterThan(1)
  })

  it('[P26] is looked for at twice the distance after each failure in a row', async () => {
    const before = [500, 500, 204, 204]
    whenLookedAt(({ response }, look) => response.writeHead(before[look - 1] ?? 403).end())
    const { answer } = ask()
    const waits = [await nextLook(1), await nextLook(2), await nextLook(3), await nextLook(4)]
    await nextLook(5)
    await answer
    const seconds = [2, 4, 8, 2]
    for (const [index, waited] of waits.entries()) {
      const atLeast = (seconds[index] ?? 0) * 1_000
      expect(waited).toBeGreaterThanOrEqual(atLeast)
      expect(waited).toBeLessThanOrEqual(atLeast * 1.25 + 500)
    }
  })

  it('[P26] is not looked for sooner than the receiver asks', async () => {
    whenLookedAt(({ response }, look) =>
      look === 1 ? response.writeHead(503, { 'retry-after': '20' }).end() : response.writeHead(403).end(),
    )
    const { answer } = ask()
    await nextLook(1)
    expect(await nextLook(2)).toBeGreaterThanOrEqual(20_000)
    await answer
  })

  const about = (change: object): string => decision({ ...asked(), ...change })
  const stamp = (shiftS: number): string => String(Math.floor(clock.now() / 1000) + shiftS)

  test.each`
    says                          | body                                                                                                   | because
    ${'not by a secret'}          | ${() => signed(decision(asked()), { clock, secret: FOREIGN_SECRET })}                                  | ${'it is signed by somebody else'}
    ${'not by a secret'}          | ${() => ({ ...signed(decision(asked(), { outcome: 'denied' }), { clock }), body: decision(asked()) })} | ${'it was altered'}
    ${'webhook-id'}               | ${() => ({ headers: {}, body: decision(asked()) })}                                                    | ${'it is not signed'}
    ${'ago'}                      | ${() => signed(decision(asked()), { clock, timestamp: stamp(-301) })}                                  | ${'it is an old one'}
    ${'in the future'}            | ${() => signed(decision(asked()), { clock, timestamp: stamp(301) })}                                   | ${'it is from the future'}
    ${'not JSON'}                 | ${() => signed('', { clock })}                                                                         | ${'it is empty'}
    ${'not JSON'}                 | ${() => signed('{"type":', { clock })}                                                                 | ${'it is cut'}
    ${'not JSON'}                 | ${() => signed('['.repeat(100_000), { clock })}                                                        | ${'it is deep'}
    ${'no decision'}              | ${() => signed('null', { clock })}                                                                     | ${'it says nothing'}
    ${'no decision'}              | ${() => signed('{"status":"approved"}', { clock })}                                                    | ${'it has another form'}
    ${'no decision'}              | ${() => signed(receiver.received[0]?.body ?? '', { clock })}                                           | ${'it is our own question, sent back'}
    ${'no decision'}              | ${() => signed(decision(asked()).replace('approval.decided', 'approval.requested'), { clock })}        | ${'it is no answer by its type'}
    ${'no decision'}              | ${() => signed(decision(asked(), { outcome: 'pending' }), { clock })}                                  | ${'there is no such outcome'}
    ${'no decision'}              | ${() => signed(decision(asked(), { outcome: true }), { clock })}                                       | ${'a boolean is no outcome'}
    ${'no decision'}              | ${() => signed(decision(asked(), { parms: {} }), { clock })}                                           | ${'a misspelt key may have been meant'}
    ${'no decision'}              | ${() => signed(decision(asked(), { outcome: 'denied', params: {} }), { clock })}                       | ${'who denies edits nothing'}
    ${'no decision'}              | ${() => signed(decision(asked(), { params: [] }), { clock })}                                          | ${'a list is no set of parameters'}
    ${'another approval'}         | ${() => signed(about({ id: 'approval-0' }), { clock })}                                                | ${'it is about another request'}
    ${'other arguments'}          | ${() => signed(about({ digest: 'cd'.repeat(32) }), { clock })}                                         | ${'it is about other arguments'}
    ${'agent that asks'}          | ${() => signed(decision(asked(), { by: 'agent-7' }), { clock })}                                       | ${'the agent decides for itself'}
    ${'session that asks'}        | ${() => signed(decision(asked(), { by: 'SESSION-3' }), { clock })}                                     | ${'so does its session'}
    ${'names who decided'}        | ${() => signed(decision(asked(), { by: ' ' }), { clock })}                                             | ${'nobody decided'}
    ${'`note` must have at most'} | ${() => signed(decision(asked(), { note: 'x'.repeat(2_001) }), { clock })}                             | ${'a note has an end'}
  `('[P18] [P19] can not be taken when $because', async ({ says, body }) => {
    whenLookedAt((received) => send(received, body()))
    const answer = await askOnce()
    expect(answer).toEqual({
      outcome: 'unavailable',
      because: expect.stringContaining('the answer of the webhook can not be taken'),
    })
    expect(answer).toMatchObject({ because: expect.stringContaining(says) })
    expect(receiver.received).toHaveLength(2)
  })

  test.each`
    secret        | because
    ${SECRET}     | ${'the new one'}
    ${OLD_SECRET} | ${'the one that is being replaced'}
  `('[P19] is taken when it is signed with any secret of the configuration: $because', async ({ secret }) => {
    whenLookedAt((received) => send(received, signed(decision(asked()), { clock, secret })))
    expect(await askOnce({ secret: [SECRET, OLD_SECRET] })).toMatchObject({ outcome: 'approved' })
  })

  test.each`
    status | says
    ${201} | ${'status 201 is neither a decision (200)'}
    ${301} | ${'redirect (301), which is not followed'}
    ${401} | ${'status 401'}
    ${404} | ${'status 404'}
    ${410} | ${'status 410'}
  `('[P18] [P26] is not there when the receiver says $status, however it is signed', async ({ status, says }) => {
    whenLookedAt((received) => send(received, signed(decision(asked()), { clock }), status))
    expect(await askOnce()).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining(says) })
  })

  test.each`
    status | because
    ${202} | ${'a receiver that says "not yet" has not decided'}
    ${500} | ${'nor has one in trouble'}
  `('[P18] a signed decision with status $status does not count: $because', async ({ status }) => {
    whenLookedAt((received) => send(received, signed(decision(asked()), { clock }), status))
    const { answer } = ask()
    await receiver.over(1)
    clock.advance(FIRST_LOOK_MS)
    await receiver.over(2)
    clock.advance(5 * MINUTE_MS)
    expect(await answer).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('deadline') })
  })

  it('[P18] a decision in the receipt does not count', async () => {
    receiver.respond = (received) => send(received, signed(decision(asked()), { clock }))
    const { answer } = ask({ answers: 'callback' })
    await receiver.over(1)
    clock.advance(6 * MINUTE_MS)
    expect(await answer).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('deadline') })
    expect(receiver.received).toHaveLength(1)
  })

  it('[P26] [P24] a body that is too large is not read to its end', async () => {
    whenLookedAt((received) => send(received, signed('x'.repeat(RESPONSE_BYTES_MAX + 1), { clock })))
    expect(await askOnce()).toMatchObject({
      outcome: 'unavailable',
      because: expect.stringContaining('is longer than'),
    })
  })

  it('[P16] [P18] does not count after the deadline, when the timer was held up', async () => {
    const { promise: looked, resolve } = Promise.withResolvers<Received>()
    whenLookedAt(resolve)
    const { answer } = ask()
    await receiver.over(1)
    clock.advance(FIRST_LOOK_MS)
    const received = await looked
    clock.jump(5 * MINUTE_MS)
    send(received, signed(decision(asked()), { clock }))
    expect(await answer).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('deadline') })
  })
})

describe('a receiver that can not be reached', () => {
  it('[P18] [F8] leaves the call unavailable, and says why', async () => {
    receiver.respond = ({ response }) => response.writeHead(403).end()
    expect(await ask().answer).toEqual({
      outcome: 'unavailable',
      because: 'the request could not be delivered: 127.0.0.1: it answered with status 403',
    })
    expect(clock.timers).toBe(0)
  })
})

describe('what is secret', () => {
  const SECRETS = ['in-the-path', 'in-the-query', 'in-a-header', 'in-the-fragment', SECRET.slice(6)]
  const config = (): Partial<WebhookConfig> => ({
    url: `${receiver.url}/in-the-path?token=in-the-query#in-the-fragment`,
    headers: { authorization: 'in-a-header' },
  })

  test.each<{ fault: string; respond: (received: Received) => unknown }>([
    { fault: 'a refusal', respond: ({ response }) => response.writeHead(403).end() },
    { fault: 'a redirect', respond: ({ response }) => response.writeHead(302, { location: '/in-the-path' }).end() },
    { fault: 'no HTTP', respond: ({ response }) => response.socket?.end('in-a-header\r\n\r\n') },
    { fault: 'too much', respond: ({ response }) => response.writeHead(200).end('x'.repeat(RESPONSE_BYTES_MAX + 1)) },
    { fault: 'silence', respond: () => {} },
  ])('[P14] is in no reason that is given: $fault', async ({ respond }) => {
    receiver.respond = respond
    const { answer } = ask(config())
    for (let attempt = 1; attempt <= 3; attempt++) {
      const { gone } = await Promise.race([receiver.arrived(attempt), answer.then(() => ({ gone: Promise.resolve() }))])
      await settled()
      clock.advance(15_000)
      await gone
      await settled()
      clock.advance(2_100)
    }
    const said = await answer
    expect(said).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('127.0.0.1') })
    for (const secret of SECRETS) expect(JSON.stringify(said)).not.toContain(secret)
  })

  it('[P14] is not repeated by a receiver that answers with it', async () => {
    whenLookedAt((received) => send(received, signed('{"type":"in-a-header"}', { clock })))
    expect(JSON.stringify(await askOnce(config()))).not.toContain('in-a-header')
  })
})

describe('[P18] giving up', () => {
  const step = (name: string, reached: () => Promise<unknown>, config: Partial<WebhookConfig> = {}) => ({
    name,
    reached,
    config,
  })
  const looked = async (look: (received: Received) => unknown): Promise<void> => {
    whenLookedAt(look)
    await receiver.over(1)
    clock.advance(FIRST_LOOK_MS)
    await receiver.arrived(2)
    await settled()
  }

  test.each([
    step('before anything was sent', async () => {}),
    step('while the receiver has the request', async () => {
      receiver.respond = () => {}
      await receiver.arrived(1)
    }),
    step('while it answers', async () => {
      receiver.respond = ({ response }) => response.writeHead(200).write('x')
      await receiver.arrived(1)
      await settled()
    }),
    step('between two attempts', async () => {
      receiver.respond = ({ response }) => response.writeHead(500).end()
      await receiver.over(1)
    }),
    step('before the first look', async () => {
      await receiver.over(1)
    }),
    step('during a look', () => looked(() => {})),
    step('while the answer comes in', () => looked(({ response }) => response.writeHead(200).write('x'))),
    step('between two looks', async () => {
      await looked(({ response }) => response.writeHead(204).end())
      await receiver.over(2)
    }),
    step('after trouble with a look', async () => {
      await looked(({ response }) => response.writeHead(500).end())
      await receiver.over(2)
    }),
    step('while a callback is waited for', () => receiver.over(1), { answers: 'callback' }),
  ])('$name ends everything at once', async ({ reached, config }) => {
    const caller = new AbortController()
    const { answer } = ask(config, caller.signal)
    await reached()
    const before = receiver.received.length
    caller.abort()
    expect(await answer).toEqual({ outcome: 'unavailable', because: expect.stringContaining('withdrawn') })
    expect(clock.timers).toBe(0)
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
    for (const { gone } of receiver.received) await gone
    await settled()
    clock.advance(DAY_MS)
    await settled()
    expect(receiver.openSockets).toBe(0)
    expect(receiver.received).toHaveLength(before)
  })

  it('while a name is looked up ends it at once, and what the look-up says later does nothing', async () => {
    const { promise: looking, resolve: started } = Promise.withResolvers<void>()
    const { promise: found, resolve: find } = Promise.withResolvers<{ address: string; family: number }[]>()
    const resolve = () => {
      started()
      return found
    }
    const caller = new AbortController()
    const settings = receiver.settings({
      url: `http://approvals.example.com:${receiver.port}/`,
      allowedHosts: ['approvals.example.com'],
    })
    const answer = createWebhookApprover(settings, { clock, resolve }).request(aRequest(clock), caller.signal)
    await looking
    caller.abort()
    expect(await answer).toMatchObject({ outcome: 'unavailable' })
    find([{ address: '127.0.0.1', family: 4 }])
    await settled()
    expect(receiver.openSockets).toBe(0)
    expect(clock.timers).toBe(0)
  })
})

describe('asking through a webhook', () => {
  let own: Receiver
  beforeEach(async () => {
    own = await Receiver.listen()
  })
  afterEach(() => own.close())

  /** A receiver that keeps each look waiting until somebody decides. */
  function webhookChannel(by: string): Channel {
    const clock = new FakeClock()
    const open: Received[] = []
    let looks = 0
    own.respond = (received) => {
      if (received.method === 'POST') return received.response.writeHead(202).end()
      looks += 1
      return open.push(received)
    }
    const approver = createWebhookApprover(own.settings({ pollIntervalMs: 0, attemptTimeoutMs: 40 * DAY_MS }), {
      clock,
    })
    return {
      approver,
      clock,
      asked() {
        // The first look is due at once, and timers stand still until they are told.
        clock.advance(0)
        return looks
      },
      async answer(outcome) {
        const received = open.find(({ response }) => !response.destroyed && !response.writableEnded)
        if (received === undefined) return
        const id = received.path.split('/').at(-2) ?? ''
        const request = { id, digest: 'ab'.repeat(32) } as Parameters<typeof decision>[0]
        send(received, signed(decision(request, { outcome, by }), { clock }))
        await received.gone
      },
    }
  }

  approverContract('webhook', webhookChannel)
})
