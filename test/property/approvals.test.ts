import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SentinelConfig } from '../../src/config/config.ts'
import type { Approval, ApprovalState } from '../../src/domain/approval.ts'
import { type SqlitePlace, sqlitePlace } from '../audit/sqlite/place.ts'
import { endOf, Office, type Till } from '../support/approvals.ts'

const TIMEOUT_MS = 60_000
const GUARDS = 3
/** Who may never decide: the agent and the session that ask, and with four eyes the principal. */
const REQUESTERS = ['agent', 'sitting', 'boss']
const DECIDERS = ['ann', 'bob', 'agent', ' Agent\u200b', 'sitting', 'boss']

/** From where to where an approval may go. */
const EDGES: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  pending: ['approved', 'edited', 'denied', 'expired', 'cancelled', 'consumed'],
  approved: ['consumed', 'expired', 'cancelled'],
  edited: ['consumed', 'expired', 'cancelled'],
  denied: [],
  expired: [],
  cancelled: [],
  consumed: ['outcome_unknown'],
  outcome_unknown: [],
}
/** In one step of the test an approval may take several. */
const reachable = (from: ApprovalState, to: ApprovalState): boolean =>
  from === to || EDGES[from].some((next) => reachable(next, to))

const isSpent = ({ state }: Approval): boolean => state === 'consumed' || state === 'outcome_unknown'

/** Guards of several processes on one log, agents that call, people who decide, and what came of it all. */
class World {
  readonly office: Office
  readonly tills: Till[]
  readonly calls: { readonly guard: number; readonly abort: AbortController; readonly end: Promise<unknown> }[] = []
  readonly amountsRun: number[] = []
  readonly wrong: string[] = []
  readonly #started = new Set<string>()
  readonly #place: SqlitePlace
  readonly #mode: 'wait' | 'suspend'
  #before = new Map<string, Approval>()

  constructor(mode: 'wait' | 'suspend') {
    this.#place = sqlitePlace()
    this.#mode = mode
    this.office = new Office({}, this.#place.open())
    this.tills = Array.from({ length: GUARDS }, () => this.#open())
  }

  #open(): Till {
    const config: SentinelConfig = {
      ...{ approval: 'queue', approvalMode: this.#mode, approvalTimeoutMs: TIMEOUT_MS, fourEyes: true, denialLimit: 2 },
      anomalyDetection: false,
    }
    const { sentinel } = this.office.open(config)
    return { sentinel, pay: sentinel.wrap('pay', (params: { amount: number }) => this.#run(params)) as Till['pay'] }
  }

  /** The tool: what it sees of the log, it sees when it starts. */
  async #run({ amount }: { amount: number }): Promise<string> {
    const now = this.office.clock.now()
    this.amountsRun.push(amount)
    const spent = (await this.office.approvals()).filter(isSpent)
    if (spent.length < this.amountsRun.length)
      this.wrong.push(`${this.amountsRun.length} runs on ${spent.length} spent approvals`)
    const granted = await this.office.kept.query({ event: 'approval_granted', limit: 10_000 })
    for (const { id, startedCall, deadline } of spent.filter(({ id }) => !this.#started.has(id))) {
      this.#started.add(id)
      if (now >= deadline) this.wrong.push(`${id} ran ${now - deadline} ms after its deadline`)
      if (!granted.some(({ callId, details }) => details?.approvalId === id && callId === startedCall))
        this.wrong.push(`${id} is spent on a call whose grant is not on disk`)
    }
    return 'paid'
  }

  call(guard: number, amount: number): void {
    const { sentinel, pay } = this.tills[guard] as Till
    const abort = new AbortController()
    const who = { agentId: 'agent', sessionId: 'sitting', principalId: 'boss', signal: abort.signal }
    this.calls.push({ guard, abort, end: endOf(sentinel.as(who, () => pay({ amount } as never))) })
  }

  async restart(guard: number): Promise<void> {
    const { sentinel } = this.tills[guard] as Till
    const closed = sentinel.close()
    await this.office.clock.advance(1)
    await closed
    this.tills[guard] = this.#open()
    await this.tills[guard].sentinel.ready()
  }

  async approvalAt(index: number): Promise<Approval | undefined> {
    const all = await this.office.approvals()
    return all[index % Math.max(1, all.length)]
  }

  /** Everything that must hold after each step. */
  async check(): Promise<void> {
    await this.office.clock.advance(1)
    const approvals = await this.office.approvals()
    const spent = approvals.filter(isSpent)
    expect(this.wrong).toEqual([])
    expect(spent).toHaveLength(this.amountsRun.length)
    const amountOf = ({ params, edited }: Approval): unknown => (edited ?? params).amount
    expect(this.amountsRun.toSorted()).toEqual(spent.map(amountOf).toSorted())
    for (const approval of approvals) this.#checkOne(approval)
    this.#before = new Map(approvals.map((approval) => [approval.id, approval]))
  }

  #checkOne({ id, state, by, ...approval }: Approval): void {
    const before = this.#before.get(id)
    if (before !== undefined) {
      expect(reachable(before.state, state), `${before.state} became ${state}`).toBe(true)
      if (before.by !== undefined) expect(by).toBe(before.by)
      if (before.edited !== undefined) expect(approval.edited).toEqual(before.edited)
      expect(approval).toMatchObject({ digest: before.digest, params: before.params, callId: before.callId })
    }
    if (state !== 'consumed' && state !== 'outcome_unknown') return
    expect(approval.startedCall).toBeDefined()
    expect(DECIDERS.slice(0, 2)).toContain(by)
    expect(REQUESTERS).not.toContain(by)
  }

  async end(): Promise<void> {
    for (const { abort } of this.calls) abort.abort()
    await this.office.clock.advance(TIMEOUT_MS)
    for (const { sentinel } of this.tills) {
      const closed = sentinel.close()
      await this.office.clock.advance(10_000)
      await closed
    }
    await Promise.all(this.calls.map(({ end }) => end))
    await this.check()
    await this.office.kept.close()
    this.#place.remove()
  }
}

/** What happened, for the message of a failure; the model is the world itself, which is checked by laws. */
type Step = fc.AsyncCommand<object, World>
const step = (name: string, run: (world: World) => Promise<unknown>): Step => ({
  check: () => true,
  async run(_model, world) {
    await run(world)
    await world.check()
  },
  toString: () => name,
})

const anyGuard = fc.nat({ max: GUARDS - 1 })
const anyAmount = fc.constantFrom(1, 2)
const anyApproval = fc.nat({ max: 7 })
const anyDecider = fc.constantFrom(...DECIDERS)
const anyStep = [
  fc
    .tuple(anyGuard, anyAmount)
    .map(([guard, amount]) => step(`call(${guard}, ${amount})`, async (world) => world.call(guard, amount))),
  fc.tuple(anyGuard, anyGuard, anyAmount).map(([one, other, amount]) =>
    step(`two calls at once(${one}, ${other}, ${amount})`, async (world) => {
      world.call(one, amount)
      world.call(other, amount)
    }),
  ),
  fc.tuple(anyGuard, anyApproval, anyDecider).map(([guard, index, by]) =>
    step(`approve(${guard}, ${index}, ${by})`, async (world) => {
      const id = (await world.approvalAt(index))?.id ?? ''
      const decided = await endOf(world.tills[guard]?.sentinel.approvals.approve(id, { by }) as Promise<unknown>)
      if (!DECIDERS.slice(0, 2).includes(by)) expect(decided).toBeTypeOf('string')
    }),
  ),
  fc.tuple(anyGuard, anyApproval, anyDecider).map(([guard, index, by]) =>
    step(`edit(${guard}, ${index}, ${by})`, async (world) => {
      const params = { amount: 3 }
      const id = (await world.approvalAt(index))?.id ?? ''
      await endOf(world.tills[guard]?.sentinel.approvals.approve(id, { by, params }) as Promise<unknown>)
    }),
  ),
  fc.tuple(anyGuard, anyApproval).map(([guard, index]) =>
    step(`deny(${guard}, ${index})`, async (world) => {
      const id = (await world.approvalAt(index))?.id ?? ''
      await endOf(world.tills[guard]?.sentinel.approvals.deny(id, { by: 'bob' }) as Promise<unknown>)
    }),
  ),
  fc.tuple(anyGuard, anyGuard, anyApproval).map(([one, other, index]) =>
    step(`resume at once(${one}, ${other}, ${index})`, async (world) => {
      const id = (await world.approvalAt(index))?.id ?? ''
      const ends = [one, other].map((guard) => endOf(world.tills[guard]?.sentinel.resume(id) as Promise<unknown>))
      await Promise.all(ends)
    }),
  ),
  fc
    .constantFrom(300, 5_000, TIMEOUT_MS - 1, TIMEOUT_MS)
    .map((ms) => step(`wait(${ms})`, (world) => world.office.clock.advance(ms))),
  fc
    .nat({ max: 7 })
    .map((index) =>
      step(`abort(${index})`, async (world) => world.calls[index % Math.max(1, world.calls.length)]?.abort.abort()),
    ),
  anyGuard.map((guard) => step(`restart(${guard})`, (world) => world.restart(guard))),
]

it.each(['suspend', 'wait'] as const)(
  '[P16] [P17] [P18] whatever several guards on one log do, in mode %s: one run for one approval, of what was approved, in time, by another',
  async (mode) => {
    await fc.assert(
      fc.asyncProperty(fc.commands(anyStep, { maxCommands: 40, size: '+1' }), async (steps) => {
        const world = new World(mode)
        try {
          await fc.asyncModelRun(() => ({ model: {}, real: world }), steps)
        } finally {
          await world.end()
        }
      }),
      { numRuns: 40 },
    )
  },
)
