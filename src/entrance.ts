import { OpenAuthorization, type Track } from './authorization.ts'
import type { CallRegistry, Claim } from './call-registry.ts'
import type { Contexts } from './context.ts'
import type { ToolCall } from './domain/call.ts'
import type { CallId } from './domain/units.ts'
import { SentinelError } from './errors.ts'
import { checkSchema, type Intake, receive } from './intake.ts'
import type { Parts } from './parts.ts'
import { type Guarded, judgeAndRecord, runGuarded, type Stages, streamGuarded } from './pipeline.ts'
import { Refused, refusing, refusingNow } from './refused.ts'
import { callAlreadyRan } from './repeated-call.ts'
import type { ToolProfile } from './tool.ts'
import type { Entrance, Invocation } from './wrap.ts'

/** What every way into the guard needs. */
export interface Desk {
  readonly parts: Parts
  readonly contexts: Contexts
  readonly registry: CallRegistry
  /** True once the guard was closed. */
  closed(): boolean
}

/** A call as it came in, and what stood around it. */
export interface Entered {
  readonly intake: Intake
  readonly signal: AbortSignal | undefined
}

interface Arriving {
  readonly profile: ToolProfile
  readonly args: readonly unknown[]
  /** Undefined: a new one is made. */
  readonly callId: CallId | undefined
}

/**
 * Takes a call in, now: the snapshot and the context are those of this moment.
 * @throws SentinelError `CLOSED`.
 */
export function enter(desk: Desk, arriving: Arriving): Entered {
  const { profile, args, callId } = arriving
  mustTakeCalls(desk, profile.tool)
  const { settings } = desk.parts
  const { agentId = settings.agentId, principalId = settings.principalId, sessionId, signal } = desk.contexts.current()
  const who = { agentId, principalId, sessionId, callId }
  return { intake: receive(profile, args, who, desk.parts.intake), signal }
}

export function mustTakeCalls(desk: Desk, tool: string): void {
  if (desk.closed()) throw new SentinelError('CLOSED', `The guard is closed: '${tool}' was not run`)
}

/** The ways in for the calls of one wrapped tool. */
export function entranceFor<Result>(
  desk: Desk,
  profile: ToolProfile & { readonly onRefused: ((error: SentinelError) => unknown) | undefined },
  stages: Stages,
): Entrance<Result> {
  const refuse = (error: unknown): unknown => {
    if (!(error instanceof Refused)) throw error
    if (profile.onRefused === undefined) throw error.refusal
    return profile.onRefused(error.refusal)
  }
  const called = async ({ args, run }: Invocation<Result>): Promise<Awaited<Result>> => {
    const entered = wrappedCall(desk, profile, args)
    return callOnce(desk, await checked(desk, entered, profile), { run, stages })
  }
  return {
    async call(invocation): Promise<Awaited<Result>> {
      try {
        // Tracked before anything is awaited: a guard that is closed in the same turn waits for it.
        return await desk.parts.track(called(invocation))
      } catch (error) {
        return (await refuse(error)) as Awaited<Result>
      }
    },
    stream({ args, run }) {
      // The arguments and the context are those of the call; the decision waits for the first item.
      const entered = outcomeOf(() => wrappedCall(desk, profile, args))
      return stream()

      async function* stream(): AsyncGenerator<unknown, void, undefined> {
        try {
          const taken = await checked(desk, entered(), profile)
          yield* streamOnce(desk, taken, { run: run as (args: unknown[]) => AsyncIterable<unknown>, stages })
        } catch (error) {
          yield* (await refuse(error)) as AsyncIterable<unknown>
        }
      }
    },
  }
}

/** Whatever goes wrong on the way in is a refusal. @throws Refused */
function wrappedCall(desk: Desk, profile: ToolProfile, args: readonly unknown[]): Entered {
  return refusingNow(() => enter(desk, { profile, args, callId: desk.contexts.takeCallId() }))
}

/** Does the work now and tells how it went later. */
function outcomeOf<Value>(work: () => Value): () => Value {
  try {
    const value = work()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

const checked = async (desk: Desk, { intake, signal }: Entered, profile: ToolProfile): Promise<Entered> =>
  profile.schema === undefined
    ? { intake, signal }
    : { intake: await checkSchema(intake, profile, desk.parts.intake), signal }

interface Running<Result> {
  readonly run: (args: unknown[]) => Result
  readonly stages: Stages
}

/** A call that can not be judged is nobody's repeat: it must not come in on what was allowed to another. */
const isNamed = ({ idOrigin, flaw }: ToolCall): boolean => idOrigin === 'given' && flaw === undefined

/** A repeat joins the call that runs, and an authorized call takes its permit. */
function callOnce<Result>(desk: Desk, entered: Entered, { run, stages }: Running<Result>): Promise<Awaited<Result>> {
  const { call } = entered.intake
  if (!isNamed(call)) return runGuarded(guardedBy(entered, run), stages)
  const { registry } = desk
  const claim = refusingNow(() => registry.claim(call))
  if (claim.kind === 'running') {
    // A tool that makes its own call again would wait for itself.
    if (desk.contexts.isWithin(call.id)) throw new Refused(callAlreadyRan(call))
    return claim.result as Promise<Awaited<Result>>
  }
  const inside = (args: unknown[]): Result => desk.contexts.runWithin(call.id, () => run(args))
  const result = runGuarded(guardedBy(entered, inside, claim), stages)
  registry.start(call, result)
  result.then(
    () => registry.end(call),
    (error: unknown) => registry.end(call, error),
  )
  return result
}

async function* streamOnce(
  desk: Desk,
  entered: Entered,
  { run, stages }: Running<AsyncIterable<unknown>>,
): AsyncGenerator<unknown> {
  const { call } = entered.intake
  if (!isNamed(call)) return yield* streamGuarded(streamedBy(entered, run), stages)
  const { registry } = desk
  const claim = refusingNow(() => registry.claim(call))
  // A stream is read once: nobody can join it, and it joins nobody.
  if (claim.kind === 'running') throw new Refused(callAlreadyRan(call))
  registry.start(call)
  let failure: unknown
  try {
    yield* streamGuarded(streamedBy(entered, run, claim), stages)
  } catch (error) {
    failure = error
    throw error
  } finally {
    registry.end(call, failure)
  }
}

const guardedBy = <Result>(
  { intake, signal }: Entered,
  run: (args: unknown[]) => Result,
  claim: Claim = { kind: 'new' },
): Guarded<Result> => ({
  intake,
  answers: 'once',
  run: (running) => run(running.freshArguments()),
  signal,
  authorized: claim.kind === 'authorized' ? async () => (await claim.authorization).admit() : undefined,
})

const streamedBy = (
  ...args: Parameters<typeof guardedBy<AsyncIterable<unknown>>>
): Guarded<AsyncIterable<unknown>> => ({
  ...guardedBy(...args),
  answers: 'in-a-stream',
})

/** Decides and records a call for an adapter; the same call again is the same authorization. @throws Refused */
export async function authorize(desk: Desk, { intake, signal }: Entered, stages: Stages): Promise<OpenAuthorization> {
  const { call } = intake
  const { registry } = desk
  const named = isNamed(call)
  const claim: Claim = named ? refusingNow(() => registry.claim(call)) : { kind: 'new' }
  if (claim.kind === 'authorized') return claim.authorization
  if (claim.kind === 'running') throw new Refused(callAlreadyRan(call))
  const authorization = refusing(() => judgeAndRecord(intake, stages)).then((decided) => {
    const over = (): void => void (named && registry.spend(call))
    const waits = (): void => void (named && registry.forget(call))
    const mustBeOpen = (): void => mustTakeCalls(desk, call.tool)
    const track: Track = (running) => desk.parts.track(running)
    return new OpenAuthorization(decided, { stages, signal, over, waits, mustBeOpen, track })
  })
  if (named) registry.keepAuthorized(call, authorization)
  return authorization
}
