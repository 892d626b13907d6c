import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { AuditStore } from '../../src/audit/store.ts'
import type { AuditEventName } from '../../src/domain/audit-event.ts'
import type { EpochMs } from '../../src/domain/units.ts'
import type { Reservation, WindowQuestion } from '../../src/domain/window.ts'
import { anyText, callId, entry } from '../audit/entries.ts'
import type { AuditPlace } from './audit-store.ts'

const START = Date.parse('2026-01-05T09:00:00.000Z')
const WINDOW_MS = 1_000
const HOLD_MS = 300
/** For a call that waits for a human, on top. */
const WAIT_MS = 400

interface Asking extends Partial<Omit<Reservation, 'callId'>> {
  /** Milliseconds after the start. */
  readonly at?: number
  readonly counter?: string
  readonly amount?: string | undefined
}

const question = (counter: string, atLeast: number): WindowQuestion => ({
  ...{ key: `${atLeast}`, counter, windowMs: WINDOW_MS },
  ...{ of: 'calls', atLeast },
})

/** A call that is counted, and asks whether there are one, two or three others. */
const reservation = (id: string, { at = 0, counter = 'c', amount, ...others }: Asking = {}): Reservation => ({
  callId: callId(id),
  entries: [{ counter, amount, keepMs: WINDOW_MS }],
  questions: [1, 2, 3].map((atLeast) => question(counter, atLeast)),
  holdMs: HOLD_MS,
  waitMs: WAIT_MS,
  now: (START + at) as EpochMs,
  steadyMs: START + at,
  ...others,
})

const sumOver = (max: string, own = '0'): WindowQuestion => ({
  ...{ key: 'sum', counter: 'c', windowMs: WINDOW_MS },
  ...{ of: 'amounts', own, max },
})

/** What every audit store must do with calls that are counted over time. */
export function windowsContract(name: string, makePlace: () => AuditPlace, making: 'fast' | 'slow' = 'fast'): void {
  const runs = (usual: number): number => (making === 'slow' ? Math.ceil(usual / 5) : usual)
  let place: AuditPlace
  let store: AuditStore
  beforeEach(() => {
    place = makePlace()
    store = place.open()
  })
  afterEach(async () => {
    await store.close()
    place.remove()
  })

  /** How many others the store knows of, up to three. */
  const othersOf = async (id: string, asking: Asking = {}): Promise<number> => {
    const { usage } = await store.reserve(reservation(id, asking))
    return [...usage.values()].filter((answer) => answer === true).length
  }
  const ask = (asking: Asking = {}) => othersOf('asker', { ...asking, entries: [] })
  const shows = (id: string, event: AuditEventName, enforced = true) =>
    store.append([entry({ callId: callId(id), event, enforced })])

  describe(`${name}: windows`, () => {
    it('[P21] count the calls before, whether or not they are decided, and never the call itself', async () => {
      expect(await othersOf('a')).toBe(0)
      expect(await othersOf('b')).toBe(1)
      await shows('a', 'allow')
      expect(await othersOf('c')).toBe(2)
    })

    it('count by counter', async () => {
      await othersOf('a')
      expect(await othersOf('b', { counter: 'other' })).toBe(0)
      expect(await othersOf('c')).toBe(1)
    })

    it('count nothing for a call that only asks', async () => {
      expect([await ask(), await ask(), await othersOf('a'), await ask()]).toEqual([0, 0, 0, 1])
    })

    it('[P21] count one call id once', async () => {
      await othersOf('a')
      await othersOf('a')
      expect(await ask()).toBe(1)
      await shows('a', 'allow')
      await othersOf('a')
      expect(await ask()).toBe(1)
    })

    test.each`
      at       | others | because
      ${0}     | ${1}   | ${'at the same moment'}
      ${999}   | ${1}   | ${'just within'}
      ${1_000} | ${0}   | ${'the window is over'}
      ${9_999} | ${0}   | ${'long over'}
    `('hold a call for as long as they are: after $at ms $others, $because', async ({ at, others }) => {
      await othersOf('a')
      await shows('a', 'allow')
      expect(await ask({ at })).toBe(others)
    })

    it('keep a call for the longest of those that look at it', async () => {
      const entries = [{ counter: 'c', amount: undefined, keepMs: 5_000 }]
      await othersOf('a', { entries })
      await shows('a', 'allow')
      await othersOf('b', { at: 2_000 })
      expect(await ask({ at: 4_000, questions: [{ ...question('c', 1), windowMs: 5_000 }] })).toBe(1)
    })

    test.each`
      events                                                            | enforced | released | lapsed | later | because
      ${[]}                                                             | ${true}  | ${0}     | ${0}   | ${0}  | ${'it was never decided'}
      ${['block']}                                                      | ${true}  | ${0}     | ${0}   | ${0}  | ${'it was refused'}
      ${['allow']}                                                      | ${true}  | ${1}     | ${1}   | ${1}  | ${'it may have run'}
      ${['warn', 'anomaly_detected', 'executed']}                       | ${true}  | ${1}     | ${1}   | ${1}  | ${'it ran'}
      ${['allow', 'failed']}                                            | ${true}  | ${1}     | ${1}   | ${1}  | ${'a tool that fails ran too'}
      ${['approval_requested']}                                         | ${true}  | ${1}     | ${1}   | ${0}  | ${'somebody is asked, for so long'}
      ${['approval_requested', 'approval_granted']}                     | ${true}  | ${1}     | ${1}   | ${1}  | ${'it may run'}
      ${['approval_requested', 'approval_denied']}                      | ${true}  | ${0}     | ${0}   | ${0}  | ${'a human refused it'}
      ${['approval_requested', 'approval_timeout']}                     | ${true}  | ${0}     | ${0}   | ${0}  | ${'nobody answered'}
      ${['approval_requested', 'approval_unavailable']}                 | ${true}  | ${0}     | ${0}   | ${0}  | ${'nobody could be asked'}
      ${['approval_requested', 'approval_cancelled']}                   | ${true}  | ${0}     | ${0}   | ${0}  | ${'the caller gave up'}
      ${['approval_requested', 'approval_granted', 'approval_timeout']} | ${true}  | ${0}     | ${0}   | ${0}  | ${'it was not run in time'}
      ${['allow', 'approval_denied']}                                   | ${true}  | ${0}     | ${0}   | ${0}  | ${'an adapter took it back'}
      ${['block']}                                                      | ${false} | ${1}     | ${1}   | ${1}  | ${'in shadow mode it ran all the same'}
      ${['approval_requested']}                                         | ${false} | ${1}     | ${1}   | ${1}  | ${'nobody was asked, and it ran'}
    `(
      '[P21] a call with $events in the log counts $released when released, $lapsed after its hold, $later after its wait: $because',
      async ({ events, enforced, released, lapsed, later }: { events: AuditEventName[] } & Record<string, never>) => {
        for (const id of ['a', 'b']) {
          await othersOf(id, { counter: id })
          for (const event of events) await shows(id, event, enforced)
        }
        await store.release(callId('a'))
        expect(await ask({ counter: 'a' })).toBe(released)
        expect(await ask({ counter: 'b', at: HOLD_MS - 1 })).toBe(1)
        expect(await ask({ counter: 'b', at: HOLD_MS })).toBe(lapsed)
        expect(await ask({ counter: 'b', at: HOLD_MS + WAIT_MS - 1 })).toBe(lapsed)
        expect(await ask({ counter: 'b', at: HOLD_MS + WAIT_MS })).toBe(later)
      },
    )

    it('[P21] a call that was let through counts on when its events are pruned', async () => {
      await othersOf('a')
      await shows('a', 'allow')
      await store.prune({ before: '2027-01-01' })
      expect(await ask({ at: HOLD_MS })).toBe(1)
      expect(await ask({ at: WINDOW_MS })).toBe(0)
    })

    test.each`
      answer                | later | because
      ${undefined}          | ${0}  | ${'nobody answered'}
      ${'approval_granted'} | ${1}  | ${'it may run'}
    `('[P21] so does one that waits, and after its wait $later: $because', async ({ answer, later }) => {
      await othersOf('a')
      await shows('a', 'approval_requested')
      await store.prune({ before: '2027-01-01' })
      expect(await ask({ at: HOLD_MS + WAIT_MS - 1 })).toBe(1)
      if (answer !== undefined) await shows('a', answer)
      expect(await ask({ at: HOLD_MS + WAIT_MS })).toBe(later)
    })

    it('a call that was refused may be counted again', async () => {
      await othersOf('a')
      await store.release(callId('a'))
      await othersOf('a', { at: 200 })
      expect(await ask({ at: 400 })).toBe(1)
    })

    it('[P21] the repeat of a call that ran is not counted anew', async () => {
      await othersOf('a')
      await shows('a', 'allow')
      await othersOf('a', { at: 5_000 })
      expect(await ask({ at: 5_000 })).toBe(0)
    })

    it('releasing what is not there does nothing', async () => {
      await othersOf('a')
      await store.release(callId('b'))
      expect(await ask()).toBe(1)
    })

    it('[P24] go on when more calls lapsed than one step looks at', async () => {
      for (let call = 0; call < 250; call++) await othersOf(`call-${call}`)
      const seen: number[] = []
      for (let turn = 0; turn < 80; turn++) seen.push(await ask({ at: HOLD_MS }))
      expect(seen.at(-1)).toBe(0)
    })
  })

  describe(`${name}: sums over time`, () => {
    test.each`
      amounts                       | own        | max                           | answer       | because
      ${['0.1', '0.2']}             | ${'0'}     | ${'0.3'}                      | ${false}     | ${'nothing is rounded'}
      ${['0.1', '0.2']}             | ${'0.001'} | ${'0.3'}                      | ${true}      | ${'the call itself counts'}
      ${['9007199254740993']}       | ${'1'}     | ${'9007199254740994'}         | ${false}     | ${'whole numbers are exact'}
      ${['1180591620717411303424']} | ${'0'}     | ${'1180591620717411303423'}   | ${true}      | ${'however large'}
      ${['1e+21', '0.5', '1e-7']}   | ${'0'}     | ${'1000000000000000000000.5'} | ${true}      | ${'large and small ones together'}
      ${['5.10']}                   | ${'0'}     | ${'5.1'}                      | ${false}     | ${'zeros behind the point change nothing'}
      ${['1', undefined]}           | ${'1'}     | ${'10'}                       | ${'unknown'} | ${'one amount is not known'}
      ${['10', undefined]}          | ${'1'}     | ${'10'}                       | ${true}      | ${'what is known is too much already'}
      ${[]}                         | ${'10.01'} | ${'10'}                       | ${true}      | ${'one call may be too much'}
    `('$amounts and $own are more than $max: $answer, $because', async ({ amounts, own, max, answer }) => {
      for (const [index, amount] of amounts.entries()) await othersOf(`call-${index}`, { amount })
      const { usage } = await store.reserve(reservation('asker', { entries: [], questions: [sumOver(max, own)] }))
      expect(usage.get('sum')).toBe(answer)
    })
  })

  describe(`${name}: the time that windows go by`, () => {
    const steady = async (now: number, steadyMs?: number): Promise<number> => {
      const about = { now: (START + now) as EpochMs, steadyMs: steadyMs === undefined ? undefined : START + steadyMs }
      return (await store.reserve(reservation('asker', { entries: [], ...about }))).steadyMs - START
    }

    test.each`
      asked                          | time            | because
      ${[[0]]}                       | ${[0]}          | ${'it begins with the clock on the wall'}
      ${[[0], [50, 50]]}             | ${[0, 50]}      | ${'and goes on by the reckoning of the guard'}
      ${[[0], [9_000, 50]]}          | ${[0, 50]}      | ${'whatever the clock is set to'}
      ${[[0], [-9_000, 50]]}         | ${[0, 50]}      | ${'forward or back'}
      ${[[0], [70, 70], [60, 60]]}   | ${[0, 70, 70]}  | ${'it never runs back: another guard may be ahead'}
      ${[[0], [70]]}                 | ${[0, 70]}      | ${'a guard that starts goes by the wall'}
      ${[[0], [-70]]}                | ${[0, 0]}       | ${'but not back'}
      ${[[0], [9_000, 50], [9_070]]} | ${[0, 50, 120]} | ${'and only by how far it went since'}
      ${[[0], [1, 0.9]]}             | ${[0, 0]}       | ${'whole milliseconds, never ahead'}
    `('[P23] $asked: $time, $because', async ({ asked, time }: { asked: [number, number?][]; time: number[] }) => {
      const seen: number[] = []
      for (const [now, reckoned] of asked) seen.push(await steady(now, reckoned))
      expect(seen).toEqual(time)
    })
  })

  describe(`${name}: windows and any text`, () => {
    it('tell any two counters and any two calls apart', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(anyText(), { minLength: 2, maxLength: 4 }), async (texts) => {
          const own = makePlace()
          const fresh = own.open()
          for (const text of texts) await fresh.reserve(reservation(text, { counter: text }))
          for (const text of texts) {
            const { usage } = await fresh.reserve(reservation('another', { counter: text, entries: [] }))
            expect([...usage.values()]).toEqual([true, false, false])
          }
          await fresh.release(callId(texts[0] ?? ''))
          const { usage } = await fresh.reserve(reservation('another', { counter: texts[0] ?? '', entries: [] }))
          expect([...usage.values()]).toEqual([false, false, false])
          await fresh.close()
          own.remove()
        }),
        { numRuns: runs(25) },
      )
    })
  })

  describe(`${name}: windows, whatever happens`, () => {
    it('[P21] answer as a small model does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep(), { maxLength: 40 }), async (steps) => {
          const own = makePlace()
          const fresh = own.open()
          const model = new Model()
          for (const step of steps) {
            if (!model.makesSense(step)) continue
            const told = await take(step, fresh, model.nowMs)
            expect(told).toEqual(model.take(step))
          }
          await fresh.close()
          own.remove()
        }),
        { numRuns: runs(60) },
      )
    })
  })
}

type Step =
  | { readonly do: 'reserve'; readonly id: string; readonly counter: string }
  | { readonly do: 'show'; readonly id: string; readonly event: AuditEventName }
  | { readonly do: 'release'; readonly id: string }
  | { readonly do: 'wait'; readonly ms: number }

const anyStep = (): fc.Arbitrary<Step> => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const event = fc.constantFrom(...(['allow', 'block', 'approval_requested', 'approval_granted'] as const))
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('reserve' as const), id, counter: fc.constantFrom('c', 'd') }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('show' as const), id, event }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), id }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 150, 300, 700) }) },
  )
}

async function take(step: Step, store: AuditStore, nowMs: number): Promise<readonly unknown[]> {
  if (step.do === 'release') await store.release(callId(step.id))
  if (step.do === 'show') await store.append([entry({ callId: callId(step.id), event: step.event })])
  if (step.do !== 'reserve') return []
  return [...(await store.reserve(reservation(step.id, { at: nowMs, counter: step.counter }))).usage.values()]
}

/** The meaning of windows, written down a second time: every call that was ever made, looked at from the beginning. */
class Model {
  nowMs = 0
  #calls: { readonly id: string; readonly counter: string; readonly at: number }[] = []
  readonly #shown = new Map<string, AuditEventName[]>()
  readonly #reservedAt = new Map<string, number>()

  /** A call is decided once, and let through while it is held. */
  makesSense(step: Step): boolean {
    if (step.do !== 'show') return true
    const isOver = this.nowMs >= (this.#reservedAt.get(step.id) ?? this.nowMs) + this.#heldMs(step.id)
    return !isOver && this.#standing(step.id) === (step.event === 'approval_granted' ? 'waits' : 'nothing')
  }

  take(step: Step): readonly unknown[] {
    if (step.do === 'wait') this.nowMs += step.ms
    if (step.do === 'show') this.#shown.set(step.id, [...(this.#shown.get(step.id) ?? []), step.event])
    if (step.do === 'release') this.#release(step.id)
    return step.do === 'reserve' ? this.#reserve(step.id, step.counter) : []
  }

  #reserve(id: string, counter: string): readonly boolean[] {
    this.#calls = this.#calls.filter(
      (call) =>
        this.nowMs < call.at + WINDOW_MS &&
        (this.nowMs < call.at + this.#heldMs(call.id) || this.#standing(call.id) === 'through'),
    )
    this.#release(id)
    this.#reservedAt.set(id, this.nowMs)
    const others = this.#calls.filter((call) => call.counter === counter).length
    if (['nothing', 'refused'].includes(this.#standing(id))) this.#calls.push({ id, counter, at: this.nowMs })
    return [1, 2, 3].map((atLeast) => others >= atLeast)
  }

  #release(id: string): void {
    if (['nothing', 'refused'].includes(this.#standing(id))) this.#calls = this.#calls.filter((call) => call.id !== id)
  }

  #heldMs(id: string): number {
    return this.#standing(id) === 'waits' ? HOLD_MS + WAIT_MS : HOLD_MS
  }

  #standing(id: string): 'nothing' | 'waits' | 'through' | 'refused' {
    const shown = this.#shown.get(id) ?? []
    if (shown.includes('block')) return 'refused'
    if (shown.includes('allow') || shown.includes('approval_granted')) return 'through'
    return shown.includes('approval_requested') ? 'waits' : 'nothing'
  }
}
