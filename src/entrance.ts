import { OpenAuthorization } from './authorization.ts'
import type { CallRegistry } from './call-registry.ts'
import type { Contexts } from './context.ts'
import type { CallId } from './domain/units.ts'
import { SentinelError } from './errors.ts'
import { checkSchema, type Intake, receive } from './intake.ts'
import type { Parts } from './parts.ts'
import {
  execute,
  executeStream,
  type Guarded,
  judgeAndRecord,
  runGuarded,
  type Stages,
  streamGuarded,
} from './pipeline.ts'
import { Refused, refusing } from './refused.ts'
import type { ToolProfile } from './tool.ts'
import type { Entrance } from './wrap.ts'

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
  if (desk.closed()) throw new SentinelError('CLOSED', `The guard is closed: '${profile.tool}' was not run`)
  const { settings } = desk.parts
  const { agentId = settings.agentId, principalId = settings.principalId, sessionId, signal } = desk.contexts.current()
  const who = { agentId, principalId, sessionId, callId }
  return { intake: receive(profile, args, who, { ...desk.parts, limits: settings.limits }), signal }
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
  return {
    async call({ args, run }): Promise<Awaited<Result>> {
      try {
        const entered = enterOrRefuse(desk, profile, args)
        return await callOnce(desk, await checked(entered, profile), { run, stages })
      } catch (error) {
        return (await refuse(error)) as Awaited<Result>
      }
    },
    stream({ args, run }) {
      const entered = settled(() => enterOrRefuse(desk, profile, args))
      return stream()

      async function* stream(): AsyncGenerator<unknown, void, undefined> {
        try {
          const taken = await checked(entered(), profile)
          yield* streamOnce(desk, taken, { run: run as (args: unknown[]) => AsyncIterable<unknown>, stages })
        } catch (error) {
          yield* (await refuse(error)) as AsyncIterable<unknown>
        }
      }
    },
  }
}

function enterOrRefuse(desk: Desk, profile: ToolProfile, args: readonly unknown[]): Entered {
  try {
    return enter(desk, { profile, args, callId: desk.contexts.takeCallId() })
  } catch (error) {
    throw error instanceof SentinelError ? new Refused(error) : error
  }
}

/** Does the work now and tells how it went later. */
function settled<Value>(work: () => Value): () => Value {
  try {
    const value = work()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

const checked = async ({ intake, signal }: Entered, profile: ToolProfile): Promise<Entered> =>
  profile.schema === undefined ? { intake, signal } : { intake: await checkSchema(intake, profile), signal }

interface Running<Result> {
  readonly run: (args: unknown[]) => Result
  readonly stages: Stages
}

/** The same call id with the same digest is one call: a repeat joins the one that runs, and an authorized one takes its permit. */
function callOnce<Result>(desk: Desk, entered: Entered, { run, stages }: Running<Result>): Promise<Awaited<Result>> {
  const guarded = guardedBy(entered, run)
  const { call } = guarded
  if (call.idOrigin === 'generated') return runGuarded(guarded, stages)
  return joining(() => {
    const running = desk.registry.running(call)
    if (running !== undefined) return running as Promise<Awaited<Result>>
    const authorized = desk.registry.open(call)
    const result = authorized === undefined ? runGuarded(guarded, stages) : runAuthorized(authorized, guarded, stages)
    return desk.registry.keepWhileRunning(call, result)
  })
}

async function* streamOnce(
  desk: Desk,
  entered: Entered,
  { run, stages }: Running<AsyncIterable<unknown>>,
): AsyncGenerator<unknown> {
  const guarded = guardedBy(entered, run)
  const { call } = guarded
  if (call.idOrigin === 'generated') return yield* streamGuarded(guarded, stages)
  const authorized = await joining(async () => {
    await desk.registry.running(call)
    return desk.registry.open(call)
  })
  desk.registry.ended(call)
  if (authorized === undefined) return yield* streamGuarded(guarded, stages)
  await authorized.admit()
  yield* executeStream(call, guarded.run, stages)
}

async function runAuthorized<Result>(
  authorized: Promise<OpenAuthorization>,
  { call, run }: Guarded<Result>,
  stages: Stages,
): Promise<Awaited<Result>> {
  await (await authorized).admit()
  return execute(call, run, stages)
}

function joining<Result>(join: () => Promise<Result>): Promise<Result> {
  try {
    return join()
  } catch (error) {
    return Promise.reject(error instanceof SentinelError ? new Refused(error) : error)
  }
}

const guardedBy = <Result>({ intake, signal }: Entered, run: (args: unknown[]) => Result): Guarded<Result> => ({
  call: intake.call,
  run: () => run(intake.freshArguments()),
  signal,
})

/** Decides and records a call for an adapter; the same call again is the same authorization. */
export function authorize(desk: Desk, { intake, signal }: Entered, stages: Stages): Promise<OpenAuthorization> {
  const { call } = intake
  const known = call.idOrigin === 'given' ? desk.registry.open(call) : undefined
  if (known !== undefined) return known
  const authorization = refusing(() => judgeAndRecord(call, stages)).then(
    (decided) =>
      new OpenAuthorization(decided, {
        stages,
        signal,
        freshParams: () => intake.freshParams(),
        ended: () => desk.registry.ended(call),
      }),
  )
  if (call.idOrigin === 'given') desk.registry.keepOpen(call, authorization)
  return authorization
}
