import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { Delivery, REQUEST_BYTES_MAX, REST_MS } from '../../../src/approval/webhook/delivery.ts'
import { endpoint } from '../../../src/approval/webhook/endpoint.ts'
import { RESPONSE_BYTES_MAX } from '../../../src/approval/webhook/exchange.ts'
import type { WebhookConfig } from '../../../src/approval/webhook/settings.ts'
import { type Resolve, systemResolve } from '../../../src/approval/webhook/target.ts'
import { FakeClock } from '../fake-clock.ts'
import { aRequest, aSignal, never, settled } from '../requests.ts'
import { OLD_SECRET, type Received, Receiver, SECRET, signatureOf } from './receiver.ts'

/** Longer than any wait between two attempts, shorter than an attempt may take. */
const BACKOFF_MAX_MS = 2_100

let clock: FakeClock
let receiver: Receiver
beforeEach(async () => {
  clock = new FakeClock()
  receiver = await Receiver.listen()
})
afterEach(() => receiver.close())

interface Given {
  readonly config?: Partial<WebhookConfig>
  readonly resolve?: Resolve
}

function delivery({ config = {}, resolve = systemResolve }: Given = {}): Delivery {
  const settings = receiver.settings(config)
  return new Delivery({ url: settings.url, send: endpoint(settings, { clock, resolve }), clock })
}

const bring = (given: Given = {}): Promise<string | undefined> => delivery(given).bring(aRequest(clock), never)

/** Answers each request with the next of these statuses. */
const statuses =
  (...all: readonly number[]) =>
  ({ response }: Received, index: number): void =>
    void response.writeHead(all[index - 1] ?? 204).end()

/** Lets the waits after the first `count` attempts pass. */
async function passWaits(count: number): Promise<void> {
  for (let attempt = 1; attempt <= count; attempt++) {
    await receiver.over(attempt)
    clock.advance(BACKOFF_MAX_MS)
  }
}

/** So that no wait is cut short when nothing tells how far an attempt is. */
const PATIENT = { attemptTimeoutMs: 1e9 }

async function withoutWaits<Value>(work: Promise<Value>): Promise<Value> {
  let isDone = false
  void work.finally(() => {
    isDone = true
  })
  while (!isDone) {
    await settled()
    clock.advance(BACKOFF_MAX_MS)
  }
  return work
}

describe('a request that is sent', () => {
  const params = { amount: 5000n, at: ['a', null, true], text: '\ud800 \u0000 \u202e <b>' }

  it('is JSON with everything that the decision turns on', async () => {
    const request = aRequest(clock, {
      params,
      signals: [aSignal('amount')],
      notJudged: ['signal'],
      context: { plan: 'gold' },
    })
    expect(await delivery().bring(request, never)).toBeUndefined()
    const { method, path, headers, body } = await receiver.arrived(1)
    expect({ method, path }).toEqual({ method: 'POST', path: '/hook' })
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'sentinel-guard' })
    expect(JSON.parse(body)).toEqual({
      type: 'approval.requested',
      timestamp: '2026-01-05T09:00:00.000Z',
      data: {
        approvalId: request.id,
        digest: request.digest,
        callId: request.callId,
        tool: 'transfer_funds',
        params: { ...params, amount: 5000 },
        redactedPaths: [],
        ruleIds: ['large'],
        notJudged: ['signal'],
        context: { plan: 'gold' },
        agentId: 'agent-7',
        sessionId: 'session-3',
        reasons: [
          expect.objectContaining({ source: 'rule', message: "Rule 'large' requires approval: a large transfer" }),
        ],
        risk: 7.5,
        level: 'HIGH',
        signals: [expect.objectContaining({ param: 'amount', usual: '50.00 to 90.00' })],
        requestedAt: '2026-01-05T09:00:00.000Z',
        deadline: '2026-01-05T09:05:00.000Z',
      },
    })
  })

  it('[P19] is signed with every secret, over its id, the time of the attempt and its bytes', async () => {
    receiver.respond = statuses(500)
    const request = aRequest(clock, { params })
    const brought = delivery({ config: { secret: [SECRET, OLD_SECRET] } }).bring(request, never)
    await passWaits(1)
    expect(await brought).toBeUndefined()
    const [first, second] = receiver.received
    for (const { headers, body } of receiver.received) {
      const timestamp = String(headers['webhook-timestamp'])
      const message = { id: request.id, timestamp, body }
      expect(headers['webhook-id']).toBe(request.id)
      expect(headers['webhook-signature']).toBe(`${signatureOf(SECRET, message)} ${signatureOf(OLD_SECRET, message)}`)
    }
    expect(second?.body).toBe(first?.body)
    expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(Number(first?.headers['webhook-timestamp']))
  })

  it('has the headers of the configuration', async () => {
    await bring({ config: { headers: { authorization: 'Bearer abc', 'X-Team': 'payments' } } })
    const { headers } = await receiver.arrived(1)
    expect(headers).toMatchObject({ authorization: 'Bearer abc', 'x-team': 'payments' })
  })

  it('[P24] is not sent when it is larger than a receiver should have to take', async () => {
    const request = aRequest(clock, { params: { text: 'x'.repeat(REQUEST_BYTES_MAX) } })
    expect(await delivery().bring(request, never)).toContain(`at most ${REQUEST_BYTES_MAX}`)
    expect(receiver.received).toHaveLength(0)
  })
})

describe('an attempt that fails', () => {
  test.each`
    answers            | attempts | says                          | because
    ${[200]}           | ${1}     | ${undefined}                  | ${'200 is a receipt'}
    ${[202]}           | ${1}     | ${undefined}                  | ${'202 is one'}
    ${[299]}           | ${1}     | ${undefined}                  | ${'every 2xx is'}
    ${[500, 500, 200]} | ${3}     | ${undefined}                  | ${'the third attempt is made'}
    ${[500, 500, 500]} | ${3}     | ${'status 500, at attempt 3'} | ${'there is no fourth'}
    ${[503, 204]}      | ${2}     | ${undefined}                  | ${'trouble passes'}
    ${[429, 204]}      | ${2}     | ${undefined}                  | ${'so does too many requests'}
    ${[408, 204]}      | ${2}     | ${undefined}                  | ${'and a slow request'}
    ${[400]}           | ${1}     | ${'status 400'}               | ${'a request that is wrong stays wrong'}
    ${[401]}           | ${1}     | ${'status 401'}               | ${'so does a wrong secret'}
    ${[404]}           | ${1}     | ${'status 404'}               | ${'there is nobody there'}
    ${[410]}           | ${1}     | ${'status 410'}               | ${'nor will there be'}
    ${[500, 403]}      | ${2}     | ${'status 403, at attempt 2'} | ${'a refusal ends it at any attempt'}
    ${[301]}           | ${1}     | ${'redirect (301)'}           | ${'a redirect is not followed'}
    ${[307]}           | ${1}     | ${'redirect (307)'}           | ${'of whatever kind'}
    ${[304]}           | ${1}     | ${'redirect (304)'}           | ${'and nothing is cached'}
  `('[P26] answered by $answers: $attempts attempts, $says ($because)', async ({ answers, attempts, says }) => {
    receiver.respond = statuses(...answers)
    const brought = bring()
    await passWaits(attempts - 1)
    if (says === undefined) expect(await brought).toBeUndefined()
    else expect(await brought).toContain(says)
    await receiver.over(attempts)
    expect(receiver.received).toHaveLength(attempts)
    expect(clock.timers).toBe(0)
  })

  it('[P26] a redirect leads nowhere, also within the same server', async () => {
    receiver.respond = ({ response }) => response.writeHead(302, { location: '/elsewhere' }).end()
    expect(await bring()).toContain('127.0.0.1: it answered with a redirect (302), which is not followed')
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook'])
  })

  it('[P26] waits between attempts, longer the second time, and not always the same', async () => {
    const waits = async (): Promise<number[]> => {
      const from = receiver.received.length
      receiver.respond = statuses(...Array.from({ length: from + 3 }, () => 500))
      const brought = bring()
      const all: number[] = []
      for (let attempt = from + 1; attempt < from + 3; attempt++) {
        await receiver.over(attempt)
        let waitedMs = 0
        while (receiver.received.length === attempt) {
          clock.advance(50)
          waitedMs += 50
          await settled()
        }
        all.push(waitedMs)
      }
      await brought
      return all
    }
    const first = await waits()
    const [one = 0, two = 0] = first
    expect(one).toBeGreaterThanOrEqual(500)
    expect(one).toBeLessThanOrEqual(1_000)
    expect(two).toBeGreaterThanOrEqual(1_000)
    expect(two).toBeLessThanOrEqual(2_000)
    const others = [await waits(), await waits(), await waits()]
    expect(others.some((each) => String(each) !== String(first))).toBe(true)
  })

  test.each`
    retryAfter | waitsMs
    ${'7'}     | ${7_000}
    ${'9999'}  | ${30_000}
  `(
    '[P26] leaves the receiver alone as long as it asks ($retryAfter s), within reason',
    async ({ retryAfter, waitsMs }) => {
      receiver.respond = ({ response }, index) =>
        index === 1 ? response.writeHead(503, { 'retry-after': retryAfter }).end() : response.writeHead(204).end()
      const brought = delivery().bring(aRequest(clock), never)
      await receiver.over(1)
      clock.advance(waitsMs - 1)
      await settled()
      expect(receiver.received).toHaveLength(1)
      clock.advance(1)
      expect(await brought).toBeUndefined()
    },
  )

  it('[P26] a receiver that does not answer has its time, and no more', async () => {
    receiver.respond = () => {}
    const brought = bring({ config: { attemptTimeoutMs: 5_000 } })
    for (let attempt = 1; attempt <= 3; attempt++) {
      await receiver.arrived(attempt)
      clock.advance(5_000)
      await receiver.over(attempt)
      clock.advance(BACKOFF_MAX_MS)
    }
    expect(await brought).toBe('127.0.0.1: no answer within 5000 ms, at attempt 3')
    expect(clock.timers).toBe(0)
  })

  it('[P26] a body that never ends has the same time', async () => {
    receiver.respond = ({ response }) => response.writeHead(200).write('x')
    const brought = bring({ config: { attemptTimeoutMs: 5_000 } })
    for (let attempt = 1; attempt <= 3; attempt++) {
      await receiver.arrived(attempt)
      await settled()
      clock.advance(5_000)
      await receiver.over(attempt)
      clock.advance(BACKOFF_MAX_MS)
    }
    expect(await brought).toContain('no answer within 5000 ms')
  })

  it('[P26] [P24] a body that is too large is not read to its end', async () => {
    receiver.respond = ({ response }) => response.writeHead(200).end('x'.repeat(RESPONSE_BYTES_MAX + 1))
    expect(await bring()).toBe(`127.0.0.1: its answer is longer than ${RESPONSE_BYTES_MAX} bytes`)
    expect(receiver.received).toHaveLength(1)
  })

  test.each`
    does                                                                                                                                 | because
    ${({ response }: Received) => response.destroy()}                                                                                    | ${'the connection is closed without a word'}
    ${({ response }: Received) => response.socket?.end('HTTP/1.1 oops\r\n\r\n')}                                                         | ${'what comes is no HTTP'}
    ${({ response }: Received) => response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx')}                                 | ${'the body is cut'}
    ${({ response }: Received) => response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')} | ${'another protocol is offered'}
    ${({ response }: Received) => response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`)}                           | ${'the headers do not end'}
  `('[P26] [P25] is tried again when $because', async ({ does }) => {
    receiver.respond = does
    const brought = bring()
    await passWaits(2)
    expect(await brought).toMatch(/^127\.0\.0\.1: the connection failed \([\w ]+\), at attempt 3$/)
  })

  it('[P26] nobody listens there', async () => {
    const closed = await Receiver.listen()
    const { url } = closed
    await closed.close()
    expect(await withoutWaits(bring({ config: { url, ...PATIENT } }))).toBe(
      '127.0.0.1: the connection failed (ECONNREFUSED), at attempt 3',
    )
  })
})

describe('where it is sent', () => {
  it('[P26] an address is checked when it is called, not only when it is configured', async () => {
    const url = `https://127.0.0.1:${receiver.port}/hook`
    expect(await bring({ config: { url, allowedHosts: [] } })).toContain("'127.0.0.1' is not on the public internet")
    expect(await bring({ config: { allowedHosts: [] } })).toContain('expected https')
    expect(receiver.openSockets).toBe(0)
  })

  const to =
    (...addresses: readonly string[]): Resolve =>
    async () =>
      addresses.map((address) => ({ address, family: 4 }))

  it('[P26] a public name that leads inside is refused, and nothing is sent', async () => {
    const url = `https://approvals.example.com:${receiver.port}/hook`
    expect(await bring({ config: { url }, resolve: to('127.0.0.1') })).toBe(
      'approvals.example.com: it leads to 127.0.0.1, which is not on the public internet',
    )
    expect(receiver.openSockets).toBe(0)
    expect(receiver.received).toHaveLength(0)
  })

  it('[P26] a name is looked up once for a connection, and again for the next one: it can not turn in between', async () => {
    let asked = 0
    const turning: Resolve = async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]
    }
    const url = `http://approvals.example.com:${receiver.port}/hook`
    const allowedHosts = ['approvals.example.com']
    expect(await bring({ config: { url, allowedHosts }, resolve: turning })).toBeUndefined()
    expect(asked).toBe(1)
    const rebound = `https://approvals.example.com:${receiver.port}/hook`
    expect(await bring({ config: { url: rebound }, resolve: turning })).toContain('it leads to 10.0.0.1')
    expect(receiver.received).toHaveLength(1)
  })

  it('[P26] https is https: a server without a certificate gets nothing to read', async () => {
    const seen: Buffer[] = []
    const plain: Server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (data) => {
        seen.push(data)
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      })
    })
    plain.listen(0, '127.0.0.1')
    await once(plain, 'listening')
    const { port } = plain.address() as { port: number }
    const url = `https://127.0.0.1:${port}/secret-path`
    const brought = bring({ config: { url, headers: { authorization: 'abc' }, ...PATIENT } })
    expect(await withoutWaits(brought)).toMatch(/^127\.0\.0\.1: the connection failed \(\w+\), at attempt 3/)
    expect(Buffer.concat(seen).toString('latin1')).not.toMatch(/POST|secret-path|abc/)
    plain.close()
  })
})

describe('a receiver that keeps failing', () => {
  beforeEach(() => {
    // The breaker reads the time of the platform.
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const nineFailures = async (failing: Delivery): Promise<void> => {
    for (let request = 0; request < 3; request++) {
      const brought = failing.bring(aRequest(clock), never)
      for (let attempt = 1; attempt <= 3; attempt++) {
        await receiver.over(3 * request + attempt)
        clock.advance(BACKOFF_MAX_MS)
      }
      expect(await brought).toContain('status 500, at attempt 3')
    }
  }

  it('[P26] is left alone for a while, tried once, and then trusted again', async () => {
    receiver.respond = statuses(...Array.from({ length: 10 }, () => 500))
    const failing = delivery()
    await nineFailures(failing)
    expect(await failing.bring(aRequest(clock), never)).toBe(
      '127.0.0.1: the last 9 attempts failed; it is tried again in 30 s',
    )
    expect(receiver.received).toHaveLength(9)

    vi.setSystemTime(Date.now() + REST_MS)
    const trial = failing.bring(aRequest(clock), never)
    await receiver.over(10)
    clock.advance(BACKOFF_MAX_MS)
    expect(await trial).toContain('it is tried again in 30 s')
    expect(receiver.received).toHaveLength(10)

    vi.setSystemTime(Date.now() + REST_MS)
    expect(await failing.bring(aRequest(clock), never)).toBeUndefined()
    expect(await failing.bring(aRequest(clock), never)).toBeUndefined()
  })

  it('[P26] one that refuses is there: no refusal opens the breaker', async () => {
    receiver.respond = ({ response }) => response.writeHead(400).end()
    const refusing = delivery()
    for (let request = 0; request < 12; request++) await refusing.bring(aRequest(clock), never)
    expect(receiver.received).toHaveLength(12)
  })
})
