import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { type FunctionAnswer, functionApprover } from '../../src/approval/function.ts'
import { systemClock } from '../../src/support/clock.ts'
import { approverContract, type Channel } from './contract.ts'
import { FakeClock } from './fake-clock.ts'
import { aRequest, DAY_MS, never } from './requests.ts'

function functionChannel(by: string): Channel {
  const clock = new FakeClock()
  const open: ((answer: FunctionAnswer) => void)[] = []
  let asked = 0
  const decide = (): Promise<FunctionAnswer> => {
    asked += 1
    return new Promise((resolve) => open.push(resolve))
  }
  return {
    approver: functionApprover(decide, clock),
    clock,
    asked: () => asked,
    answer: (outcome) => open.shift()?.({ approved: outcome === 'approved', by }),
  }
}

approverContract('function', functionChannel)

/** Asks a function that may break its type, as plain JavaScript can. */
const ask = async (decide: () => unknown) => {
  const clock = new FakeClock()
  return functionApprover(decide as () => boolean, clock).request(aRequest(clock), never)
}

const broken = (message: unknown) => () => {
  throw message
}

// biome-ignore lint/suspicious/noThenProperty: a function may return anything, this too
const thenable = { then: broken(new Error('gone')) }

describe('a function', () => {
  test.each`
    said                                                | answer
    ${true}                                             | ${{ outcome: 'approved', by: 'function', note: undefined }}
    ${false}                                            | ${{ outcome: 'denied', by: 'function', note: undefined }}
    ${{ approved: true }}                               | ${{ outcome: 'approved', by: 'function', note: undefined }}
    ${{ approved: false, by: 'ada', note: 'no' }}       | ${{ outcome: 'denied', by: 'ada', note: 'no' }}
    ${{ approved: true, by: 'ada', params: undefined }} | ${{ outcome: 'approved', by: 'ada', note: undefined }}
  `('that says $said is taken at its word', async ({ said, answer }) => {
    expect(await ask(() => said)).toEqual(answer)
    expect(await ask(async () => said)).toEqual(answer)
  })

  test.each`
    said                                           | because
    ${undefined}                                   | ${'a function that returns nothing has not decided'}
    ${null}                                        | ${'nor has one that returns null'}
    ${'yes'}                                       | ${'a truthy text is no yes'}
    ${'false'}                                     | ${'a text is not read'}
    ${1}                                           | ${'a truthy number is no yes'}
    ${[]}                                          | ${'an empty list is no answer'}
    ${[true]}                                      | ${'a list is no answer'}
    ${{}}                                          | ${'an object must say approved'}
    ${{ approved: 'true' }}                        | ${'approved must be a boolean'}
    ${{ approved: 1 }}                             | ${'and not something truthy'}
    ${new Boolean(true)}                           | ${'a boxed boolean is an object'}
    ${() => true}                                  | ${'a function is not called for an answer'}
    ${{ approved: true, by: '' }}                  | ${'an approval needs a name'}
    ${{ approved: true, by: '  ' }}                | ${'a blank is no name'}
    ${{ approved: true, by: 7 }}                   | ${'a number is no name'}
    ${{ approved: true, by: 'x'.repeat(201) }}     | ${'a name has an end'}
    ${{ approved: true, note: 7 }}                 | ${'a note is text'}
    ${{ approved: true, note: 'x'.repeat(2_001) }} | ${'a note has an end'}
    ${{ approved: true, params: null }}            | ${'arguments are an object'}
    ${{ approved: true, params: [1] }}             | ${'of parameters by name'}
  `('[F8] [P18] that says $said has not answered: $because', async ({ said }) => {
    expect(await ask(() => said)).toMatchObject({ outcome: 'unavailable', because: expect.stringMatching(/\w/) })
    expect(await ask(async () => said)).toMatchObject({ outcome: 'unavailable' })
  })

  test.each`
    thrown                                           | says
    ${new Error('no network')}                       | ${'no network'}
    ${'plain text'}                                  | ${'plain text'}
    ${undefined}                                     | ${'undefined'}
    ${new Error('a\nb\u001b[2J')}                    | ${'a\\u{a}b\\u{1b}[2J'}
    ${Object.create(null)}                           | ${'can not be read'}
    ${Object.assign(new Error(), { message: null })} | ${'null'}
  `('[F8] [P18] that throws $thrown has not answered', async ({ thrown, says }) => {
    const expected = { outcome: 'unavailable', because: expect.stringContaining(says) }
    expect(await ask(broken(thrown))).toMatchObject(expected)
    expect(await ask(() => Promise.reject(thrown))).toMatchObject(expected)
  })

  test.each`
    said
    ${{ get approved() {
    throw new Error('gone')
  } }}
    ${new Proxy({}, { get: broken(new Error('gone')) })}
    ${thenable}
  `('[F8] whose answer throws when it is read has not answered', async ({ said }) => {
    expect(await ask(() => said)).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('gone') })
  })

  it('[P25] that fails after the call was given up fails in silence', async () => {
    const clock = new FakeClock()
    const caller = new AbortController()
    const { promise, reject } = Promise.withResolvers<boolean>()
    const answer = functionApprover(() => promise, clock).request(aRequest(clock), caller.signal)
    caller.abort()
    reject(new Error('too late'))
    expect(await answer).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('withdrawn') })
  })

  it('is told when no answer counts any more', async () => {
    const clock = new FakeClock()
    let told: AbortSignal | undefined
    const decide = (_: unknown, signal: AbortSignal): Promise<boolean> => {
      told = signal
      return new Promise(() => {})
    }
    const answer = functionApprover(decide, clock).request(aRequest(clock), never)
    expect(told?.aborted).toBe(false)
    clock.advance(6 * 60_000)
    await answer
    expect(told?.aborted).toBe(true)
  })

  it('[P18] has no time when the deadline is no number', async () => {
    const clock = new FakeClock()
    const answer = functionApprover(() => true, clock).request(aRequest(clock, { timeoutMs: Number.NaN }), never)
    expect(await answer).toMatchObject({ outcome: 'unavailable' })
  })
})

describe('with the timers of the platform', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('[P18] a deadline of thirty days, which no single timer can hold, is neither early nor lost', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const early = functionApprover(() => promise).request(aRequest(systemClock, { timeoutMs: 30 * DAY_MS }), never)
    const silent = functionApprover(() => new Promise(() => {})).request(
      aRequest(systemClock, { timeoutMs: 30 * DAY_MS }),
      never,
    )
    await vi.advanceTimersByTimeAsync(29 * DAY_MS)
    resolve(true)
    expect(await early).toMatchObject({ outcome: 'approved' })
    await vi.advanceTimersByTimeAsync(2 * DAY_MS)
    expect(await silent).toMatchObject({ outcome: 'unavailable' })
    expect(vi.getTimerCount()).toBe(0)
  })
})
