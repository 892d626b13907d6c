import { z } from 'zod'
import { type Anomalies, createAnomalies, portsOf } from './anomalies.ts'
import { type GuardApprovals, withCallback } from './approval/webhook/callback.ts'
import { createApprovals } from './approvals.ts'
import { type AuditLog, createAuditLog } from './audit/log.ts'
import type { Authorization } from './authorization.ts'
import { type Baselines, createBaselines } from './baselines.ts'
import { CallRegistry } from './call-registry.ts'
import type { SentinelConfig } from './config/config.ts'
import { configErrorAt, shownValue } from './config/issues.ts'
import { readConfig } from './config/read.ts'
import { type CallContext, Contexts } from './context.ts'
import type { Decision } from './domain/decision.ts'
import type { CallId } from './domain/units.ts'
import { authorize, type Desk, enter, entranceFor } from './entrance.ts'
import { SentinelConfigError } from './errors.ts'
import { checkSchema } from './intake.ts'
import type { SentinelEventName, SentinelListener } from './observers.ts'
import { Parts, realSurroundings, type Surroundings } from './parts.ts'
import { type Judges, judge, type Stages } from './pipeline.ts'
import { Refused } from './refused.ts'
import { resume, type WrappedTool } from './resume.ts'
import type { RulesInForce } from './rulebook.ts'
import { didYouMean } from './rules/suggest.ts'
import { stagesFor } from './stages.ts'
import { Lru } from './support/lru.ts'
import { type ToolOptions, type ToolProfile, toolProfile } from './tool.ts'
import { type GuardedTool, type GuardedTools, isAsyncGenerator, wrapTool } from './wrap.ts'

/** A call that is not made through a wrapped function. */
export interface DescribedCall {
  readonly tool: string
  readonly params: Readonly<Record<string, unknown>>
  /** Names the call: the same id with the same arguments is one call, and runs at most once. */
  readonly callId?: string | undefined
}

/** A tool whose calls are described to the guard. */
interface DescribedTool {
  readonly profile: ToolProfile
  readonly stages: Stages
  /** For the dry run, which sends nothing to anyone. */
  readonly judges: Judges
}

/** Described tools that are kept as they were made for the last call; others are made again. */
const DESCRIBED_TOOLS_MAX = 1_000

type AnyTool = (this: never, ...args: never[]) => unknown
type AsyncMethodResult = Promise<unknown> | AsyncIterable<unknown>

/**
 * A guard in front of an agent's tools: every call of a wrapped tool is judged by rules and by what is usual, recorded, and then let
 * through, escalated to a human, or refused.
 */
export class Sentinel {
  /** The audit log, to read. Its methods throw `AUDIT_UNAVAILABLE` when there is none. */
  readonly audit: AuditLog
  /** Escalated calls that wait for a human, what became of the others, and the way in for what a webhook sends back. */
  readonly approvals: GuardApprovals
  /** What was odd over time, and whether anybody looked. */
  readonly anomalies: Anomalies
  /** What is usual for each tool, whether alarms come as often as promised, and how to change what is usual. */
  readonly baselines: Baselines
  readonly #parts: Parts
  readonly #contexts = new Contexts()
  readonly #desk: Desk
  readonly #profiles = new Map<string, ToolProfile>()
  /** Tools that can be run without a `this`. */
  readonly #tools = new Map<string, WrappedTool>()
  readonly #described = new Lru<string, DescribedTool>(DESCRIBED_TOOLS_MAX)
  #closing: Promise<void> | undefined

  /**
   * @throws SentinelConfigError listing everything wrong with the configuration.
   * @throws SentinelRulesError listing everything wrong with the rules.
   */
  constructor(config: SentinelConfig = {}, surroundings: Partial<Surroundings> = {}) {
    const all = { ...realSurroundings, ...surroundings }
    const settings = readConfig(config, all.environment)
    const parts = new Parts(settings, all)
    this.#parts = parts
    const closed = (): boolean => this.#closing !== undefined
    this.#desk = { parts, contexts: this.#contexts, registry: new CallRegistry(), closed }
    this.audit = createAuditLog(this.#parts.store)
    const { callbackSecrets: secrets, clock } = parts
    this.approvals = withCallback(createApprovals(parts.approvals), { secrets, clock })
    this.anomalies = createAnomalies(portsOf(parts))
    this.baselines = createBaselines(parts)
    if (settings.watchRules) this.#parts.watchRules()
  }

  /**
   * Puts one function behind the guard, under a name. Same parameters and `this`; the result becomes a promise, or an async iterable.
   * @throws SentinelConfigError when the name or an option is not what it should be.
   */
  wrap<This, Args extends unknown[], Result>(
    tool: string,
    run: (this: This, ...args: Args) => Result,
    options: ToolOptions<Result> = {},
  ): GuardedTool<This, Args, Result> {
    if (typeof run !== 'function') throw notAFunction(tool)
    const profile = toolProfile(tool, options)
    this.#profiles.set(tool, profile)
    this.#described.delete(tool)
    const stages = stagesFor(profile, this.#parts)
    const answers = profile.stream || isAsyncGenerator(run) ? 'in-a-stream' : 'once'
    this.#tools.set(tool, { profile, stages, answers, run: run as WrappedTool['run'] })
    const entrance = entranceFor<Result>(this.#desk, { ...profile, onRefused: options.onRefused }, stages)
    return wrapTool(run, entrance, answers === 'in-a-stream' ? 'stream' : 'promise')
  }

  /** Puts a record of functions behind the guard; each key is the tool's name. */
  wrapAll<Tools extends Readonly<Record<string, AnyTool>>>(
    tools: Tools,
    options: { readonly [Name in keyof Tools]?: ToolOptions<ReturnType<Tools[Name]>> } = {},
  ): GuardedTools<Tools> {
    refuseMismatch(tools, options)
    // A tool may be called `constructor`: only what the options themselves have is meant.
    const optionsOf = (tool: string) => (Object.hasOwn(options, tool) ? options[tool] : undefined)
    const wrapped = Object.entries(tools).map(([tool, run]) => [tool, this.wrap(tool, run, optionsOf(tool) ?? {})])
    return Object.fromEntries(wrapped) as GuardedTools<Tools>
  }

  /** Standard decorator: puts a method that returns a promise or an async iterable behind the guard. */
  protect(tool: string, options: ToolOptions<never> = {}) {
    return <This, Args extends unknown[], Result extends AsyncMethodResult>(
      method: (this: This, ...args: Args) => Result,
      _context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Result>,
    ): ((this: This, ...args: Args) => Result) => {
      const guarded = this.wrap(tool, method, options)
      // Of which object it would be is not stored.
      this.#tools.delete(tool)
      // A method that already returns a promise or an iterable keeps its type behind the guard.
      return guarded as unknown as (this: This, ...args: Args) => Result
    }
  }

  /** Judges a call without making it: no event, nothing learned, nobody asked, no model either. */
  async check(described: DescribedCall): Promise<Decision> {
    const { tool, params } = describedCall(described)
    const { profile, stages, judges } = this.#describedTool(tool)
    const { intake } = enter(this.#desk, { profile, args: [params], callId: undefined })
    await stages.ready()
    const { call } = await checkSchema(intake, profile, this.#parts.intake)
    return judge(call, judges, await stages.foresee?.(call))
  }

  /** For adapters: judges and records a call; its answer and its run are the adapter's to bring. */
  authorize(call: DescribedCall): Promise<Authorization> {
    return this.#parts.track(this.#authorized(call))
  }

  async #authorized(call: DescribedCall): Promise<Authorization> {
    const { tool, params, callId = this.#contexts.takeCallId() } = describedCall(call)
    const { profile, stages } = this.#describedTool(tool)
    const { intake, signal } = enter(this.#desk, { profile, args: [params], callId })
    const entered = { intake: await checkSchema(intake, profile, this.#parts.intake), signal }
    try {
      return await authorize(this.#desk, entered, stages)
    } catch (error) {
      throw error instanceof Refused ? error.refusal : error
    }
  }

  /**
   * Runs a suspended call (`approvalMode: 'suspend'`) that was approved, once, and resolves to what its tool returns. It is judged anew
   * first, by the rules and the history of now. In another process than the one that made the call its tool must be wrapped, and nothing
   * in its arguments may have been redacted.
   * @throws SentinelApprovalPendingError while nobody has decided, and the other refusals of a call.
   * @throws SentinelError `APPROVAL_UNKNOWN`, `CALL_ALREADY_RAN`, or `APPROVAL_NOT_RESUMABLE`: make the same call again then.
   */
  async resume(approvalId: string): Promise<unknown> {
    try {
      return await this.#parts.track(resume(this.#desk, String(approvalId), (tool) => this.#tools.get(tool)))
    } catch (error) {
      throw error instanceof Refused ? error.refusal : error
    }
  }

  /** Runs `work` with a context for every guarded call inside it, through every `await`. */
  as<Result>(context: CallContext, work: () => Result): Result {
    return this.#contexts.run(context, work)
  }

  /** Watches the guard. A listener can neither block nor fail a call. Returns a function that takes it away again. */
  on<Name extends SentinelEventName>(name: Name, listener: SentinelListener<Name>): () => void {
    return this.#parts.observers.on(name, listener)
  }

  /**
   * Reads the rules file again and puts it in force as a whole.
   * @throws SentinelRulesError when it can not be used; the last good rules stay in force and the log says so.
   */
  async reloadRules(): Promise<RulesInForce> {
    return this.#parts.reloadRules()
  }

  /**
   * Opens the log, restores what is usual, and loads the model of LLM analysis. Calls do this by themselves; here a problem shows early.
   * @throws SentinelConfigError naming the packages that LLM analysis or tracing lack, or whatever the log throws.
   */
  async ready(): Promise<void> {
    await this.#parts.analyst?.ready()
    await this.#parts.telemetry.ready()
    await this.#parts.ready()
  }

  /** Writes what waits and closes the log. Calls made afterwards are refused. */
  close(): Promise<void> {
    this.#closing ??= this.#parts.close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** A tool that was never wrapped has no options. The parameters of a described call have their names already. */
  #describedTool(tool: string): DescribedTool {
    return this.#described.getOrMake(tool, () => {
      const profile = { ...(this.#profiles.get(tool) ?? toolProfile(tool, {})), params: undefined }
      const stages = stagesFor(profile, this.#parts)
      return { profile, stages, judges: { ...stages, consult: undefined } }
    })
  }
}

const callSchema = z.strictObject({
  tool: z.string().min(1).max(1_000),
  params: z.custom<DescribedCall['params']>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    {
      error: 'expected an object of parameters',
    },
  ),
  callId: z.string().min(1).max(1_000).optional(),
})

/** @throws SentinelConfigError */
function describedCall(call: unknown): Omit<DescribedCall, 'callId'> & { readonly callId?: CallId | undefined } {
  const parsed = callSchema.safeParse(call)
  if (parsed.success) return { ...parsed.data, callId: parsed.data.callId as CallId | undefined }
  throw configErrorAt('call', parsed.error, { given: call, keys: Object.keys(callSchema.shape) })
}

/** @throws SentinelConfigError: options under a name that was mistyped would be left out without a word. */
function refuseMismatch(tools: unknown, options: object): void {
  if (typeof tools !== 'object' || tools === null) {
    const message = `expected an object of functions, found ${shownValue(tools)}`
    throw new SentinelConfigError([{ path: 'wrapAll', code: 'wrong_type', message }])
  }
  const names = Object.keys(tools)
  const stray = Object.keys(options).filter((name) => !names.includes(name))
  if (stray.length === 0) return
  throw new SentinelConfigError(
    stray.map((name) => ({
      path: `tool '${name}'`,
      code: 'unknown_key',
      message: `it has options, and is none of the tools to wrap.${didYouMean(name, names)}`,
    })),
  )
}

const notAFunction = (tool: string): SentinelConfigError =>
  new SentinelConfigError([
    { path: `tool '${String(tool)}'`, code: 'wrong_type', message: 'expected a function to wrap' },
  ])
