import { describe, expect, it, vi } from 'vitest'
import type { Detector } from '../../src/domain/detector.ts'
import { saying } from '../support/detectors.ts'
import { settle } from '../support/fake-clock.ts'
import { recorder, testGuard } from '../support/guards.ts'

const RULES = {
  version: '1.0',
  rules: [
    { id: 'no', function_pattern: 'block_me', conditions: [], action: 'block' },
    { id: 'look', function_pattern: 'warn_me', conditions: [], action: 'warn' },
    { id: 'ask', function_pattern: 'ask_me', conditions: [], action: 'require_approval' },
  ],
}
const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('listeners', () => {
  it('hear each decision, and warn, escalate and block apart', async () => {
    const heard: string[] = []
    const { sentinel } = testGuard({ rules: RULES })
    for (const name of ['decision', 'warn', 'escalate', 'block'] as const) {
      sentinel.on(
        name,
        ({ tool, auditId }) => void heard.push(`${name} ${tool} ${auditId === undefined ? '' : 'recorded'}`),
      )
    }
    for (const name of ['fine', 'warn_me', 'ask_me', 'block_me']) await caught(sentinel.wrap(name, async () => 1)())
    expect(heard).toEqual([
      'decision fine recorded',
      'decision warn_me recorded',
      'warn warn_me recorded',
      'decision ask_me recorded',
      'escalate ask_me recorded',
      'decision block_me recorded',
      'block block_me recorded',
    ])
  })

  it('[F11] [P25] can neither block nor fail a call, whatever they throw, and leave no unhandled rejection', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const { sentinel } = testGuard({ rules: RULES })
    sentinel.on('decision', () => {
      throw new Error('listener')
    })
    sentinel.on('decision', (async () => {
      throw new Error('async listener')
    }) as () => void)
    sentinel.on('decision', (notice) => {
      // Everything a listener gets is frozen.
      Object.assign(notice.decision, { action: 'allow' })
    })
    const tool = recorder(1)
    expect(await caught(sentinel.wrap('block_me', tool.run)({}))).toMatchObject({ code: 'BLOCKED' })
    expect(await sentinel.wrap('fine', async () => 'ran')()).toBe('ran')
    await settle()
    expect(tool.calls).toEqual([])
    expect(unhandled).not.toHaveBeenCalled()
    process.off('unhandledRejection', unhandled)
  })

  it('can be taken away', async () => {
    let heard = 0
    const { sentinel } = testGuard()
    const off = sentinel.on('decision', () => void heard++)
    await sentinel.wrap('x', async () => 1)()
    off()
    await sentinel.wrap('x', async () => 1)()
    expect(heard).toBe(1)
  })
})

it('[F11] a logger that throws changes nothing', async () => {
  const broken = (): never => {
    throw new Error('logger')
  }
  const { sentinel } = testGuard({
    rules: RULES,
    logger: { debug: broken, info: broken, warn: broken, error: broken, isLevelEnabled: broken },
  })
  expect(await sentinel.wrap('fine', async () => 'ran')()).toBe('ran')
  expect(await caught(sentinel.wrap('block_me', async () => 'ran')())).toMatchObject({ code: 'BLOCKED' })
})

it('[F11] [P25] a logger that rejects leaves no unhandled rejection, and is told of once', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  const rejects = async (): Promise<never> => Promise.reject(new Error('logger'))
  const { sentinel } = testGuard({ logger: { debug: rejects, info: rejects, warn: rejects, error: rejects } as never })
  const faults: string[] = []
  sentinel.on('fault', ({ message }) => void faults.push(message))
  for (let time = 0; time < 3; time++) await sentinel.wrap('fine', async () => 'ran')()
  await settle()
  expect(faults).toEqual(['The logger failed'])
  expect(unhandled).not.toHaveBeenCalled()
  process.off('unhandledRejection', unhandled)
})

it('a listener can not rewrite what an approver reads', async () => {
  const seen: unknown[] = []
  const { sentinel } = testGuard({ rules: RULES, approval: (request) => seen.push(request.reasons[0]?.message) > 0 })
  sentinel.on('decision', ({ decision }) => {
    Object.assign(decision.reasons[0] ?? {}, { message: 'all fine' })
  })
  await sentinel.wrap('ask_me', async () => 1)()
  expect(seen).toEqual(["Rule 'ask' requires approval"])
})

it('a listener that fails is a fault in the log', async () => {
  const { sentinel, events } = testGuard()
  sentinel.on('decision', () => {
    throw new Error('oops')
  })
  await sentinel.wrap('fine', async () => 1)()
  expect(await events()).toContainEqual(
    expect.objectContaining({
      event: 'fault',
      reasons: [expect.objectContaining({ stage: 'observer', message: "A 'decision' listener failed: oops" })],
    }),
  )
})

it.each(['nope', 'constructor', 5])('there is nothing to hear of %s', (name) => {
  const { sentinel } = testGuard()
  expect(() => sentinel.on(name as never, () => undefined)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  expect(() => sentinel.on('warn', undefined as never)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

describe('[F5] a scorer that fails', () => {
  const throws = (): never => {
    throw new Error('scorer')
  }
  const malformed = (risk: unknown) => () => ({ score: risk as never, signals: [], readings: [], samples: 0 })

  it.each([
    ['throws', throws],
    ['says NaN', malformed(Number.NaN)],
    ['says Infinity', malformed(Number.POSITIVE_INFINITY)],
    ['says text', malformed('low')],
    ['says -1', malformed(-1)],
    ['says 11', malformed(11)],
  ])('that %s: [P7] escalates in secure mode, runs degraded in safe mode', async (_what, score) => {
    const makeDetector = (): Detector => saying(score)
    const secure = testGuard({}, { makeDetector })
    expect(await caught(secure.sentinel.wrap('x', async () => 'ran')())).toMatchObject({ code: 'APPROVAL_UNAVAILABLE' })
    const safe = testGuard({ failMode: 'safe' }, { makeDetector })
    const faults: string[] = []
    safe.sentinel.on('fault', ({ stage }) => void faults.push(stage))
    expect(await safe.sentinel.wrap('x', async () => 'ran')()).toBe('ran')
    const [fault, allow] = await safe.events()
    expect(fault).toMatchObject({
      event: 'fault',
      callId: allow?.callId,
      reasons: [{ source: 'fault', stage: 'risk' }],
    })
    expect(allow).toMatchObject({ event: 'allow', degraded: true, lesson: undefined })
    expect(faults).toEqual(['risk'])
  })

  it('that can not learn: the call has its result', async () => {
    const makeDetector = (): Detector => ({ ...saying(malformed(0)), learn: throws })
    const { sentinel } = testGuard({}, { makeDetector })
    const faults: string[] = []
    sentinel.on('fault', ({ message }) => void faults.push(message))
    expect(await sentinel.wrap('x', async () => 'ran')()).toBe('ran')
    expect(faults).toEqual(['The scorer could not learn an event: scorer'])
  })
})
