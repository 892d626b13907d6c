import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { WebhookConfig } from '../../../src/approval/webhook/settings.ts'
import type { SentinelConfig } from '../../../src/config/config.ts'
import type { ApprovalRequest } from '../../../src/domain/approval.ts'
import type { Params } from '../../../src/domain/plain.ts'
import type { ApprovalId, Digest } from '../../../src/domain/units.ts'
import { recorder, type TestGuard, testGuard } from '../../support/guards.ts'
import { decision, FOREIGN_SECRET, OLD_SECRET, Receiver, SECRET, secondsOf, signed } from './receiver.ts'

const ASK_ALWAYS = { rules: { version: '1.0', default_action: 'require_approval', rules: [] } } as const
const MINUTE_MS = 60_000

let receiver: Receiver
beforeEach(async () => {
  receiver = await Receiver.listen()
  receiver.respond = ({ response }) => response.writeHead(202).end()
})
afterEach(() => receiver.close())

const webhook = (config: Partial<WebhookConfig> = {}): { webhook: WebhookConfig } => ({
  webhook: { url: receiver.url, secret: SECRET, allowedHosts: ['127.0.0.1'], answers: 'callback', ...config },
})

interface Waiting extends TestGuard {
  /** What the tool was called with. */
  readonly calls: readonly object[]
  /** What became of the call: the tool's result, or the error. */
  readonly outcome: Promise<unknown>
  readonly request: Pick<ApprovalRequest, 'id' | 'digest'> & { readonly data: Params }
}

/** A call that waits for the approval of its webhook's receiver. */
async function waiting(config: SentinelConfig = {}, params: object = { amount: 5000 }): Promise<Waiting> {
  const guard = testGuard({ ...ASK_ALWAYS, approval: webhook(), approvalTimeoutMs: 5 * MINUTE_MS, ...config })
  const tool = recorder('sent')
  const outcome = guard.sentinel
    .wrap(
      'transfer_funds',
      tool.run,
    )(params)
    .catch((error: unknown) => error)
  const { data } = JSON.parse((await receiver.arrived(1)).body)
  return { ...guard, calls: tool.calls, outcome, request: { id: data.approvalId, digest: data.digest, data } }
}

describe('a decision by callback', () => {
  it('[P16] [P19] runs the call, once, and the log has who decided', async () => {
    const { sentinel, clock, request, outcome, calls, events } = await waiting()
    const approval = await sentinel.approvals.callback(signed(decision(request, { note: 'ok' }), { clock }))
    expect(approval).toMatchObject({ id: request.id, by: 'ada', note: 'ok' })
    expect(await outcome).toBe('sent')
    expect(calls).toEqual([{ amount: 5000 }])
    expect(await events()).toContainEqual(
      expect.objectContaining({ event: 'approval_granted', approvedBy: 'ada', note: 'ok' }),
    )
  })

  it('denies it, and tells why', async () => {
    const { sentinel, clock, request, outcome, calls } = await waiting()
    await sentinel.approvals.callback(signed(decision(request, { outcome: 'denied', note: 'not today' }), { clock }))
    expect(await outcome).toMatchObject({ code: 'APPROVAL_DENIED', by: 'ada', note: 'not today' })
    expect(calls).toEqual([])
  })

  it('[P17] [P19] sent twice is accepted once', async () => {
    const { sentinel, clock, request, outcome, calls } = await waiting()
    const message = signed(decision(request), { clock })
    await sentinel.approvals.callback(message)
    await expect(sentinel.approvals.callback(message)).rejects.toMatchObject({ code: 'APPROVAL_ALREADY_DECIDED' })
    const denial = signed(decision(request, { outcome: 'denied' }), { clock, id: 'msg_2' })
    await expect(sentinel.approvals.callback(denial)).rejects.toMatchObject({ code: 'APPROVAL_ALREADY_DECIDED' })
    expect(await outcome).toBe('sent')
    expect(calls).toHaveLength(1)
  })

  it('[P19] no message decides twice, whatever it is about', async () => {
    const { sentinel, clock, request, outcome } = await waiting()
    const other = sentinel.wrap('transfer_funds', async (_order: object) => 'sent as well')({ amount: 6000 })
    const { data } = JSON.parse((await receiver.arrived(2)).body)
    const about = { id: data.approvalId, digest: data.digest }
    await sentinel.approvals.callback(signed(decision(request), { clock, id: 'msg_1' }))
    const again = sentinel.approvals.callback(signed(decision(about), { clock, id: 'msg_1' }))
    await expect(again).rejects.toMatchObject({ code: 'APPROVAL_ALREADY_DECIDED' })
    await sentinel.approvals.callback(signed(decision(about), { clock, id: 'msg_2' }))
    expect([await outcome, await other]).toEqual(['sent', 'sent as well'])
  })

  it('[P16] runs edited arguments, and these alone', async () => {
    const params = { amount: 5000, password: 'hunter2', at: [1n, '0199'] }
    const { sentinel, clock, request, outcome, calls } = await waiting({}, params)
    const edited = { ...(request.data.params as object), amount: 50 }
    await sentinel.approvals.callback(signed(decision(request, { params: edited }), { clock }))
    expect(await outcome).toBe('sent')
    expect(calls).toEqual([{ ...params, amount: 50 }])
  })

  it('[P16] edits no secret', async () => {
    const { sentinel, clock, request, calls } = await waiting({}, { amount: 5000, password: 'hunter2' })
    const edited = { ...(request.data.params as object), password: 'mine' }
    const callback = sentinel.approvals.callback(signed(decision(request, { params: edited }), { clock }))
    await expect(callback).rejects.toMatchObject({ code: 'APPROVAL_NOT_ALLOWED' })
    expect(calls).toEqual([])
  })

  it('may be quicker than the receipt for the request', async () => {
    const { promise: got, resolve } = Promise.withResolvers<() => void>()
    receiver.respond = ({ response }) => resolve(() => response.writeHead(202).end())
    const { sentinel, clock, request, outcome } = await waiting()
    const receipt = await got
    await sentinel.approvals.callback(signed(decision(request), { clock }))
    receipt()
    expect(await outcome).toBe('sent')
  })

  it('counts as well when the answer is fetched', async () => {
    const { sentinel, clock, request, outcome } = await waiting({ approval: webhook({ answers: 'poll' }) })
    await sentinel.approvals.callback(signed(decision(request), { clock }))
    expect(await outcome).toBe('sent')
    expect(clock.timers).toBeLessThanOrEqual(1)
  })

  it('counts beside other approvers', async () => {
    const { sentinel, clock, request, outcome } = await waiting({
      approval: ['queue', webhook(), () => new Promise(() => {})],
    })
    await sentinel.approvals.callback(signed(decision(request), { clock }))
    expect(await outcome).toBe('sent')
  })

  it('is read from bytes and the headers of fetch', async () => {
    const { sentinel, clock, request, outcome } = await waiting()
    const { headers, body } = signed(decision(request), { clock })
    await sentinel.approvals.callback({ headers: new Headers(headers), body: Buffer.from(body) })
    expect(await outcome).toBe('sent')
  })

  test.each`
    secret            | code                  | because
    ${SECRET}         | ${undefined}          | ${'the new secret'}
    ${OLD_SECRET}     | ${undefined}          | ${'the one that is being replaced'}
    ${FOREIGN_SECRET} | ${'CALLBACK_REFUSED'} | ${'somebody else'}
  `('[P19] by $because is refused with $code', async ({ secret, code }) => {
    const { sentinel, clock, request } = await waiting({ approval: webhook({ secret: [SECRET, OLD_SECRET] }) })
    const callback = sentinel.approvals.callback(signed(decision(request), { clock, secret }))
    if (code === undefined) await callback
    else await expect(callback).rejects.toMatchObject({ code })
  })
})

describe('a callback that is no decision', () => {
  const stamp = (clock: TestGuard['clock'], shiftS: number): string => String(Number(secondsOf(clock)) + shiftS)

  test.each<{ because: string; code: string; message: (waiting: Waiting) => unknown }>([
    {
      because: 'it was altered',
      code: 'CALLBACK_REFUSED',
      message: ({ request, clock }) => ({
        ...signed(decision(request, { outcome: 'denied' }), { clock }),
        body: decision(request),
      }),
    },
    {
      because: 'it is not signed',
      code: 'CALLBACK_REFUSED',
      message: ({ request }) => ({ headers: {}, body: decision(request) }),
    },
    {
      because: 'it was kept for later',
      code: 'CALLBACK_REFUSED',
      message: ({ request, clock }) => signed(decision(request), { clock, timestamp: stamp(clock, -301) }),
    },
    {
      because: 'it is from the future',
      code: 'CALLBACK_REFUSED',
      message: ({ request, clock }) => signed(decision(request), { clock, timestamp: stamp(clock, 301) }),
    },
    {
      because: 'it is our own request, sent back',
      code: 'CALLBACK_REFUSED',
      message: () => receiver.received[0],
    },
    {
      because: 'its bytes are no text',
      code: 'CALLBACK_REFUSED',
      message: ({ clock }) => ({ ...signed('', { clock }), body: Uint8Array.of(0xff, 0xfe) }),
    },
    {
      because: 'somebody parsed the body before',
      code: 'CALLBACK_REFUSED',
      message: ({ request, clock }) => {
        const { headers, body } = signed(decision(request), { clock })
        return { headers, body: JSON.parse(body) }
      },
    },
    { because: 'there are no headers', code: 'CALLBACK_REFUSED', message: () => ({ headers: null, body: '' }) },
    { because: 'there is nothing', code: 'CALLBACK_REFUSED', message: () => undefined },
    {
      because: 'it is about other arguments',
      code: 'APPROVAL_NOT_ALLOWED',
      message: ({ request, clock }) => signed(decision({ ...request, digest: 'cd'.repeat(32) as Digest }), { clock }),
    },
    {
      because: 'it is about no request that there is',
      code: 'APPROVAL_UNKNOWN',
      message: ({ request, clock }) => signed(decision({ ...request, id: 'guessed' as ApprovalId }), { clock }),
    },
    {
      because: 'the agent decides for itself',
      code: 'APPROVAL_NOT_ALLOWED',
      message: ({ request, clock }) => signed(decision(request, { by: 'Default' }), { clock }),
    },
  ])('[P16] [P19] is refused with $code when $because, and the call still waits', async ({ code, message }) => {
    const call = await waiting()
    const { sentinel, clock, request, outcome, calls } = call
    await expect(sentinel.approvals.callback(message(call) as never)).rejects.toMatchObject({
      name: 'SentinelError',
      code,
    })
    expect(calls).toEqual([])
    await sentinel.approvals.callback(signed(decision(request), { clock, id: 'msg_2' }))
    expect(await outcome).toBe('sent')
  })

  it('[P16] [P18] comes too late after the deadline', async () => {
    const { sentinel, clock, request, outcome, calls } = await waiting()
    await clock.advance(5 * MINUTE_MS)
    expect(await outcome).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
    const late = sentinel.approvals.callback(signed(decision(request), { clock }))
    await expect(late).rejects.toMatchObject({ code: 'APPROVAL_ALREADY_DECIDED' })
    expect(calls).toEqual([])
  })

  it('[P19] has no way in where no webhook is asked', async () => {
    const { sentinel, clock } = testGuard({ ...ASK_ALWAYS, approval: 'queue' })
    const callback = sentinel.approvals.callback(
      signed(decision({ id: 'a' as ApprovalId, digest: 'b' as Digest }), { clock }),
    )
    await expect(callback).rejects.toMatchObject({ code: 'CALLBACK_REFUSED' })
  })
})

describe('a webhook in a guard', () => {
  it('fetches the answer', async () => {
    const { clock, request, outcome } = await waiting({ approval: webhook({ answers: 'poll' }) })
    receiver.respond = ({ response }) => {
      const { headers, body } = signed(decision(request), { clock })
      response.writeHead(200, headers).end(body)
    }
    await receiver.over(1)
    await clock.advance(2_500)
    expect(await outcome).toBe('sent')
  })

  it('[P16] runs the arguments that the fetched answer has', async () => {
    const { clock, request, outcome, calls } = await waiting({ approval: webhook({ answers: 'poll' }) })
    receiver.respond = ({ response }) => {
      const { headers, body } = signed(decision(request, { params: { amount: 50 } }), { clock })
      response.writeHead(200, headers).end(body)
    }
    await receiver.over(1)
    await clock.advance(2_500)
    expect(await outcome).toBe('sent')
    expect(calls).toEqual([{ amount: 50 }])
  })

  it('[F8] [P18] that can not be reached refuses the call at once, and nothing waits in the queue', async () => {
    receiver.respond = ({ response }) => response.writeHead(403).end()
    const { sentinel, outcome, calls, names } = await waiting()
    expect(await outcome).toMatchObject({
      code: 'APPROVAL_UNAVAILABLE',
      message: expect.stringContaining('the request could not be delivered: 127.0.0.1: it answered with status 403'),
      forModel: { message: expect.not.stringContaining('127.0.0.1') },
    })
    expect(calls).toEqual([])
    expect(await names()).toContain('approval_unavailable')
    expect(await sentinel.approvals.list({ state: 'pending' })).toEqual([])
  })

  it('[P14] sends no secret, and keeps its own to itself', async () => {
    const logged: unknown[] = []
    const log = (...line: unknown[]): void => void logged.push(line)
    const token = `ghp_${'a1B2'.repeat(9)}`
    const params = { amount: 5000, password: 'hunter2', note: `use ${token}`, nested: { pin: '4321-9876' } }
    const { request, outcome, sentinel, clock, events } = await waiting(
      {
        approval: webhook({ headers: { authorization: 'Bearer of-the-receiver' } }),
        redact: { names: ['pin'] },
        logger: { trace: log, debug: log, info: log, warn: log, error: log } as never,
      },
      params,
    )
    await sentinel.approvals.callback(signed(decision(request, { outcome: 'denied', note: token }), { clock }))
    const seen = [await outcome, await events(), logged, await sentinel.approvals.list()]
    const sent = receiver.received.map(({ body }) => body)
    const isSecret = ['hunter2', token, '4321-9876']
    for (const secret of isSecret) expect(sent.join()).not.toContain(secret)
    expect(request.data.params).toMatchObject({ amount: 5000 })
    const everything = JSON.stringify(seen, (_key, value) =>
      value instanceof Error ? { ...value, text: String(value) } : value,
    )
    for (const secret of ['hunter2', '4321-9876', SECRET.slice(6), 'of-the-receiver'])
      expect(everything).not.toContain(secret)
  })
})

describe('a webhook for calls that do not wait', () => {
  const suspended = async (config: SentinelConfig = {}) => {
    const guard = testGuard({ ...ASK_ALWAYS, approval: webhook(), approvalMode: 'suspend', ...config })
    const tool = recorder('sent')
    const call = guard.sentinel.wrap('transfer_funds', tool.run)
    return { ...guard, calls: tool.calls, call: () => call({ amount: 5000 }).catch((error: unknown) => error) }
  }

  it('[P16] has the request when the call is given back, and the call runs once it is approved', async () => {
    const { sentinel, clock, call, calls } = await suspended()
    expect(await call()).toMatchObject({ code: 'APPROVAL_PENDING' })
    const { data } = JSON.parse(receiver.received[0]?.body ?? '')
    const request = { id: data.approvalId, digest: data.digest }
    expect(await call()).toMatchObject({ code: 'APPROVAL_PENDING', approvalId: data.approvalId })
    expect(receiver.received).toHaveLength(1)
    await sentinel.approvals.callback(signed(decision(request), { clock }))
    expect(calls).toEqual([])
    expect(await sentinel.resume(data.approvalId)).toBe('sent')
    expect(calls).toEqual([{ amount: 5000 }])
  })

  it('[F8] [P18] that can not be reached refuses the call', async () => {
    receiver.respond = ({ response }) => response.writeHead(403).end()
    const { sentinel, call } = await suspended()
    expect(await call()).toMatchObject({
      code: 'APPROVAL_UNAVAILABLE',
      message: expect.stringContaining('the request could not be delivered'),
    })
    expect(await sentinel.approvals.list({ state: 'pending' })).toEqual([])
  })

  it('that can not be reached is passed over where the request is found otherwise', async () => {
    receiver.respond = ({ response }) => response.writeHead(403).end()
    const { call } = await suspended({ approval: ['queue', webhook()] })
    expect(await call()).toMatchObject({ code: 'APPROVAL_PENDING' })
  })

  it('[P25] what another approver throws leaves the call refused', async () => {
    const announce = () => Promise.reject(new Error('no network'))
    const other = { name: 'other', request: () => new Promise<never>(() => {}), announce }
    const { call } = await suspended({ approval: other })
    expect(await call()).toMatchObject({
      code: 'APPROVAL_UNAVAILABLE',
      message: expect.stringContaining('the other approver failed: no network'),
    })
  })

  it('[P18] is not told any more when the call is given up', async () => {
    receiver.respond = () => {}
    const { sentinel, call, calls } = await suspended()
    const caller = new AbortController()
    const outcome = sentinel.as({ signal: caller.signal }, call)
    const { gone } = await receiver.arrived(1)
    caller.abort()
    expect(await outcome).toMatchObject({ code: 'APPROVAL_TIMEOUT' })
    await gone
    expect(calls).toEqual([])
  })

  it('can not fetch the answer: nobody would', () => {
    expect(() => testGuard({ ...ASK_ALWAYS, approval: webhook({ answers: 'poll' }), approvalMode: 'suspend' })).toThrow(
      "write `answers: 'callback'`",
    )
  })
})
