import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { AgentHistory } from '../../src/anomalies/agent.ts'
import { ACTIVITY_EVENTS } from '../../src/domain/activity.ts'
import { fromBytes, toBytes } from '../../src/support/archive.ts'
import { hourReader } from '../../src/support/hours.ts'
import { DAY_MS, HOUR_MS, MIDNIGHT, MINUTE_MS, START, Told } from './histories.ts'

const known = (days = 14): Told => {
  const agent = new Told()
  agent.days(days)
  agent.at += 9 * HOUR_MS
  return agent
}

describe('calls in an hour, of an agent that nobody knows', () => {
  it('are counted over any hour, to the second', () => {
    const agent = new Told()
    expect(agent.calls(50, 71 * 1_000)).toEqual(new Set())
    agent.at = START + HOUR_MS - 1_000
    expect(agent.calls(1, 0)).toEqual(new Set(['rate_spike']))
    agent.at = START + HOUR_MS
    expect(agent.calls(1, 0)).toEqual(new Set(['rate_spike']))
    agent.at = START + HOUR_MS + 70_000
    expect(agent.calls(1, 0)).toEqual(new Set(['rate_spike']))
  })

  test.each`
    event                   | counts   | because
    ${'allow'}              | ${true}  | ${'it is a call'}
    ${'warn'}               | ${true}  | ${'it is a call'}
    ${'block'}              | ${true}  | ${'an attempt is a call'}
    ${'approval_requested'} | ${true}  | ${'an attempt is a call'}
    ${'executed'}           | ${false} | ${'it is how a call ended that was counted before'}
    ${'approval_denied'}    | ${false} | ${'so is this'}
  `('count $event: $counts, because $because', ({ event, counts }) => {
    expect(new Told().calls(51, 1_000, event).has('rate_spike')).toBe(counts)
  })

  it('are held to the limit for seven days, and to what is usual after that', () => {
    const agent = new Told()
    expect(agent.days(8, { perHour: 51 })).toContain('rate_spike')
    expect(agent.days(7, { perHour: 51 })).not.toContain('rate_spike')
  })
})

describe('calls in an hour, of an agent that is known', () => {
  test.each`
    calls | spike    | because
    ${12} | ${false} | ${'ten an hour are usual'}
    ${15} | ${false} | ${'a record by a half is none'}
    ${22} | ${false} | ${'so is one by twice'}
    ${30} | ${true}  | ${'three times the highest hour is one'}
  `('$calls in ten minutes: $spike, because $because', ({ calls, spike }) => {
    expect(
      known()
        .calls(calls, (10 * MINUTE_MS) / calls)
        .has('rate_spike'),
    ).toBe(spike)
  })

  it('may be many, where many are usual', () => {
    const agent = new Told()
    agent.days(14, { perHour: 200 })
    agent.at += 9 * HOUR_MS
    expect(agent.calls(220, 15_000)).toEqual(new Set())
  })

  it('tell of a burst with the usual as it was before the burst', () => {
    const agent = known()
    agent.calls(99, 1_000)
    expect(agent.tell('allow')).toMatchObject([{ type: 'rate_spike', count: 100, highest: expect.closeTo(11, 1) }])
  })

  it('stay a spike when it is repeated the next days, and are usual after a week of it', () => {
    const agent = known()
    const spikes = Array.from({ length: 12 }, () => {
      const isSpike = agent.calls(60, 10_000).has('rate_spike')
      agent.at += DAY_MS - 600_000
      return isSpike
    })
    expect(spikes.slice(0, 7)).toEqual(new Array(7).fill(true))
    expect(spikes.at(-1)).toBe(false)
  })
})

describe('calls that fail', () => {
  test.each`
    days  | failing | then  | strange  | because
    ${14} | ${0}    | ${3}  | ${true}  | ${'three of five fail where none ever did'}
    ${14} | ${0}    | ${2}  | ${false} | ${'two failures are no stretch'}
    ${14} | ${10}   | ${3}  | ${false} | ${'where one in ten fails, three of five do now and then'}
    ${14} | ${2}    | ${5}  | ${false} | ${'where every other one fails, five of five do now and then'}
    ${14} | ${10}   | ${10} | ${true}  | ${'ten of twelve are another matter'}
    ${2}  | ${2}    | ${5}  | ${true}  | ${'after two days nobody knows what is usual'}
  `(
    '$then in a row after $days days of one in $failing: $strange, because $because',
    ({ days, failing, then, strange }) => {
      const agent = new Told()
      agent.days(days, { failing })
      agent.at += 2 * DAY_MS
      const types = new Set([...agent.calls(2, 1_000, 'executed'), ...agent.calls(then, 1_000, 'failed')])
      expect(types.has('high_failure_rate')).toBe(strange)
    },
  )

  test.each`
    event                     | counts   | because
    ${'failed'}               | ${true}  | ${'the tool threw'}
    ${'block'}                | ${true}  | ${'the guard refused'}
    ${'approval_denied'}      | ${true}  | ${'a human refused'}
    ${'approval_timeout'}     | ${true}  | ${'nobody answered'}
    ${'approval_unavailable'} | ${true}  | ${'nobody could be asked'}
    ${'executed'}             | ${false} | ${'it went well'}
    ${'outcome_unknown'}      | ${false} | ${'what is not known to be a failure is none'}
    ${'approval_requested'}   | ${false} | ${'nobody knows how it will end'}
  `('count $event: $counts, because $because', ({ event, counts }) => {
    expect(new Told().calls(5, 1_000, event).has('high_failure_rate')).toBe(counts)
  })

  it('do not count as refused where refusals are not enforced', () => {
    const { history } = new Told()
    const block = { event: 'block', agentId: 'a', principalId: undefined, enforced: false } as const
    for (let seq = 1; seq < 20; seq++)
      expect(history.take({ ...block, seq, time: new Date(START).toISOString() }, START)).toEqual([])
  })

  it('do not teach that failing is usual, unless it goes on for more than a week', () => {
    const agent = known()
    const strange = Array.from({ length: 20 }, () => agent.days(1, { failing: 2 }).has('high_failure_rate'))
    expect(strange.slice(0, 7)).toEqual(new Array(7).fill(true))
    expect(strange.at(-1)).toBe(false)
  })
})

describe('calls at odd hours', () => {
  test.each`
    hour  | calls | odd      | because
    ${22} | ${11} | ${true}  | ${'eleven are more than ten'}
    ${22} | ${10} | ${false} | ${'ten are not'}
    ${5}  | ${11} | ${true}  | ${'the night ends at six'}
    ${6}  | ${11} | ${false} | ${'the day begins'}
    ${21} | ${11} | ${false} | ${'the night has not begun'}
  `('$calls at $hour h of an agent that nobody knows: $odd, because $because', ({ hour, calls, odd }) => {
    const agent = new Told()
    agent.at = MIDNIGHT + hour * HOUR_MS
    expect(agent.calls(calls, 1_000).has('off_hours_activity')).toBe(odd)
  })

  it('are those that the agent seldom has, whatever they are', () => {
    const byDay = known()
    byDay.at = Math.floor(byDay.at / DAY_MS) * DAY_MS + DAY_MS + 3 * HOUR_MS
    expect(byDay.calls(6, MINUTE_MS)).toContain('off_hours_activity')
    const byNight = new Told()
    byNight.days(14, { firstHour: 0, hours: 5 })
    byNight.at += HOUR_MS
    expect(byNight.calls(9, MINUTE_MS)).toEqual(new Set())
    byNight.at = Math.floor(byNight.at / DAY_MS) * DAY_MS + DAY_MS + 14 * HOUR_MS
    byNight.calls(5, MINUTE_MS)
    const [facts] = byNight.tell('allow')
    expect(facts).toMatchObject({ type: 'off_hours_activity', count: 6, hours: expect.arrayContaining([14]) })
  })

  it('are usual after more than a week of them', () => {
    const agent = known(60)
    const days = Array.from({ length: 20 }, () => agent.days(1, { firstHour: 0, hours: 6 }).has('off_hours_activity'))
    expect(days.slice(0, 7)).toEqual(new Array(7).fill(true))
    expect(days.slice(-5)).toEqual(new Array(5).fill(false))
  })

  it('are those of the time zone', () => {
    const history = new AgentHistory(hourReader('America/New_York'))
    const noon = MIDNIGHT + 17 * HOUR_MS
    const night = MIDNIGHT + 9 * HOUR_MS
    const tell = (at: number) =>
      Array.from({ length: 11 }, (_, index) =>
        history.take(
          { seq: index, time: '', event: 'allow', agentId: 'a', principalId: undefined, enforced: true },
          at + index,
        ),
      ).flat()
    expect(tell(night)).toMatchObject([{ type: 'off_hours_activity', count: 11 }])
    expect(tell(noon)).toEqual([])
  })
})

describe('principals', () => {
  it('are new once', () => {
    const agent = new Told()
    expect(agent.tell('allow', { principalId: 'p' })).toMatchObject([{ type: 'new_principal', principalId: 'p' }])
    expect(agent.tell('allow', { principalId: 'p' })).toEqual([])
    expect(agent.tell('executed', { principalId: 'q' })).toEqual([])
  })

  it('are told one by one while nobody knows the agent, up to twenty', () => {
    const agent = new Told()
    const told = Array.from({ length: 40 }, (_, index) => agent.tell('allow', { principalId: `p${index}` }).length)
    expect(told).toEqual(told.map((_, index) => (index < 20 ? 1 : 0)))
  })

  it.each([
    { everyDays: 1, told: 0, because: 'somebody new every day is usual' },
    { everyDays: 10, told: 1, because: 'somebody new every ten days is not' },
  ])(
    'of an agent that is known, with somebody new every $everyDays days: $told, because $because',
    ({ everyDays, told }) => {
      const agent = new Told()
      for (let day = 0; day < 30; day++) {
        agent.tell('allow', { principalId: `p${Math.floor(day / everyDays)}` })
        agent.at += DAY_MS
      }
      expect(agent.tell('allow', { principalId: 'eve' })).toHaveLength(told)
    },
  )

  it('[P24] are remembered up to a bound, and then not told', () => {
    const agent = new Told()
    for (let index = 0; index < 10_000; index++) agent.tell('block', { principalId: `p${index}` })
    const bytes = toBytes(agent.history).length
    for (let index = 0; index < 1_000; index++) agent.tell('block', { principalId: `q${index}` })
    expect(toBytes(agent.history).length).toBeLessThan(bytes + 1_000)
  })
})

describe('time', () => {
  it('[P23] that steps back a little stands still, and by more begins anew', () => {
    const agent = new Told()
    agent.calls(50, 1_000)
    expect(agent.tell('allow', { at: START })).toMatchObject([{ type: 'rate_spike', count: 51 }])
    agent.at -= 30 * DAY_MS
    expect(agent.calls(50, 1_000)).toEqual(new Set())
    expect(agent.calls(1, 1_000)).toEqual(new Set(['rate_spike']))
  })

  it('[P24] needs no more memory for a busy day than for a usual one', () => {
    const agent = new Told()
    agent.calls(200_000, 400)
    expect(toBytes(agent.history).length).toBeLessThan(100_000)
  })
})

describe('the state', () => {
  const anyEvents = fc.array(
    fc.record({
      event: fc.constantFrom(...ACTIVITY_EVENTS),
      afterMs: fc.oneof(fc.nat({ max: 5_000 }), fc.nat({ max: 2 * DAY_MS }), fc.integer({ min: -3 * DAY_MS, max: 0 })),
      principalId: fc.option(fc.string({ maxLength: 3 }), { nil: undefined }),
      enforced: fc.boolean(),
    }),
    { maxLength: 300 },
  )

  it('that is restored goes on as the live one, to the last bit', () => {
    fc.assert(
      fc.property(anyEvents, fc.nat({ max: 300 }), (events, restoredAt) => {
        const live = new AgentHistory(hourReader('UTC'))
        let restored = new AgentHistory(hourReader('UTC'))
        let at = START
        for (const [index, { afterMs, ...about }] of events.entries()) {
          if (index === restoredAt) restored = fromBytes(new AgentHistory(hourReader('UTC')), toBytes(restored))
          at += afterMs
          const activity = { ...about, seq: index, time: '', agentId: 'a' }
          expect(restored.take(activity, at)).toEqual(live.take(activity, at))
        }
        expect(toBytes(restored)).toEqual(toBytes(live))
      }),
    )
  })
})

describe('an agent that does nothing odd', () => {
  /** A generator of numbers from 0 to 1 that is the same in every run. */
  const random = (seed: number) => () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
    return seed / 2 ** 32
  }

  it('is told of seldom: bursts, failures and nights as they always were, for 90 days', () => {
    const alarms = { rate_spike: 0, high_failure_rate: 0, off_hours_activity: 0, new_principal: 0 }
    for (let agents = 0; agents < 10; agents++) {
      const next = random(agents)
      const agent = new Told()
      const days = { rate_spike: -1, high_failure_rate: -1, off_hours_activity: -1, new_principal: -1 }
      for (let hours = 0; hours < 90 * 24; hours++) {
        const isDay = hours % 24 >= 8 && hours % 24 < 18
        const calls = Math.floor((isDay ? 12 : 0.1) * -Math.log(1 - next()))
        for (let call = 0; call < calls; call++) {
          const at = MIDNIGHT + hours * HOUR_MS + (call * HOUR_MS) / calls
          const said = [...agent.tell('allow', { at }), ...agent.tell(next() < 0.04 ? 'failed' : 'executed', { at })]
          for (const { type } of said) {
            const day = Math.floor(hours / 24)
            if (day >= 8 && day !== days[type]) alarms[type] += 1
            days[type] = day
          }
        }
      }
    }
    // Days with an alarm, of 820.
    expect(alarms.rate_spike).toBeLessThanOrEqual(3)
    expect(alarms.high_failure_rate).toBeLessThanOrEqual(3)
    expect(alarms.off_hours_activity).toBeLessThanOrEqual(3)
  })
})
