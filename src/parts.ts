import { pino } from 'pino'
import { terminalIsUsable } from './approval/default.ts'
import { firstAnswer } from './approval/first-answer.ts'
import { functionApprover } from './approval/function.ts'
import { type ApprovalQueue, createApprovalQueue } from './approval/queue.ts'
import { createTerminalApprover } from './approval/terminal.ts'
import { createRedactor } from './audit/redact/redactor.ts'
import { createSqliteStore } from './audit/sqlite/store.ts'
import type { AuditStore } from './audit/store.ts'
import type { ApprovalChannel, Settings } from './config/config.ts'
import type { Approver } from './domain/approval.ts'
import type { AuditEntry } from './domain/audit-event.ts'
import type { Redacted } from './domain/call.ts'
import type { Detector } from './domain/detector.ts'
import type { Params } from './domain/plain.ts'
import type { IntakePorts } from './intake.ts'
import { Journal } from './journal.ts'
import { type Logger, Observers } from './observers.ts'
import { orphanedCalls } from './orphans.ts'
import { lookback, replayLessons } from './restore.ts'
import { learnEvent } from './risk/restore.ts'
import { createZscoreDetector } from './risk/zscore.ts'
import { Rulebook, type RulesInForce } from './rulebook.ts'
import { type Clock, systemClock } from './support/clock.ts'
import { type Ids, randomIds } from './support/ids.ts'
import { messageOf } from './support/messages.ts'

/** How long closing waits for tools that run; their outcome is lost to the log when they take longer. */
const CLOSE_WAIT_MAX_MS = 5_000

/** What a guard takes from its surroundings; tests and replay give their own. */
export interface Surroundings {
  readonly clock: Clock
  readonly ids: Ids
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  /** The last word on what a stored event teaches. In replay, the labels of a file speak here. */
  readonly review: (entry: AuditEntry) => AuditEntry['lesson']
  readonly makeDetector: (settings: Settings) => Detector
}

export const realSurroundings: Surroundings = {
  clock: systemClock,
  ids: randomIds,
  environment: process.env,
  input: process.stdin,
  output: process.stderr,
  review: (entry) => entry.lesson,
  makeDetector: ({ minSamples, timeZone }) => createZscoreDetector({ minSamples, timeZone }),
}

/** Everything one guard is made of, wired once. */
export class Parts {
  readonly settings: Settings
  readonly clock: Clock
  readonly ids: Ids
  readonly observers: Observers
  readonly rulebook: Rulebook
  readonly store: AuditStore | undefined
  readonly journal: Journal
  readonly queue: ApprovalQueue
  readonly approver: Approver | undefined
  /** What taking a call in needs. */
  readonly intake: IntakePorts
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  readonly #surroundings: Surroundings
  #scorer: Detector
  #starting: Promise<void> | undefined
  #isReady = false
  #saidWhoApproves = false

  /** @throws SentinelConfigError or SentinelRulesError. */
  constructor(settings: Settings, surroundings: Surroundings) {
    const { clock, ids, review } = surroundings
    this.settings = settings
    this.#surroundings = surroundings
    this.clock = clock
    this.ids = ids
    this.rulebook = new Rulebook(settings)
    const redactor = createRedactor(settings.redact)
    const redactText = (text: string): string => redactor.redactText(text)
    const redact = (params: Params, secret: readonly string[]): Redacted => redactor.redact(params, secret)
    this.intake = { clock, ids, limits: settings.limits, redact, redactText }
    this.observers = new Observers(loggerOf(settings), redactText)
    this.queue = createApprovalQueue({ clock })
    this.approver = this.#approverOf(settings)
    this.store = this.#storeOf(settings)
    this.#scorer = surroundings.makeDetector(settings)
    const teach = (entry: AuditEntry): void => void learnEvent(this.#scorer, entry, review(entry))
    this.journal = new Journal({ store: this.store, observers: this.observers, clock, ids, redactText, teach })
    this.observers.on('fault', (fault) => this.journal.faulted(fault))
  }

  get scorer(): Detector {
    return this.#scorer
  }

  /** Whether the scorer knows what the log would have taught it. */
  get restored(): boolean {
    return this.store === undefined || this.#isReady
  }

  /** Aborts when the guard closes. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Closing waits for calls that are tracked, for a while. */
  track<Result>(call: Promise<Result>): Promise<Result> {
    this.#running.add(call)
    const ended = (): void => void this.#running.delete(call)
    call.then(ended, ended)
    return call
  }

  /** Opens the log and restores the baselines from it, once; after a failure the next call tries again. */
  ready(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined
      throw error
    })
    return this.#starting
  }

  /** @throws SentinelRulesError when the file can not be used; the last good rules stay in force, and the log says so. */
  async reloadRules(): Promise<RulesInForce> {
    try {
      const inForce = this.rulebook.reload()
      if (inForce.status === 'loaded') await this.#noteRules(inForce)
      return inForce
    } catch (error) {
      const note = messageOf(error)
      this.observers.log('warn', {}, `The rules were not reloaded; the last good ones stay in force. ${note}`)
      await this.journal.noted('rules_rejected', { rulesDigest: this.rulebook.current?.digest, note })
      throw error
    }
  }

  watchRules(): void {
    // What is wrong with a file was told by the reload itself.
    this.rulebook.watch(this.clock, () => void this.reloadRules().catch(() => undefined))
  }

  async close(): Promise<void> {
    this.rulebook.close()
    this.#closing.abort()
    await this.#runningCallsEnded()
    await this.journal.flush()
    await this.store?.close()
  }

  async #runningCallsEnded(): Promise<void> {
    if (this.#running.size === 0) return
    const { promise: waitedLongEnough, resolve } = Promise.withResolvers<void>()
    const cancel = this.clock.after(CLOSE_WAIT_MAX_MS, resolve)
    await Promise.race([Promise.allSettled(this.#running), waitedLongEnough])
    cancel()
  }

  async #start(): Promise<void> {
    const { settings, store } = this
    this.#sayWhoApproves()
    if (store === undefined) return
    await store.open()
    if (settings.scoring) {
      // Into a new detector: a start that failed half way must not teach twice.
      const restored = this.#surroundings.makeDetector(settings)
      const history = lookback(this.clock.now(), settings.lookbackDays)
      await replayLessons(store, history, (event) => void learnEvent(restored, event))
      this.#scorer = restored
    }
    this.#isReady = true
    await this.#tellOrphans(store)
    const rules = this.rulebook.current
    if (rules !== undefined) await this.#noteRules(rules)
  }

  /** A call whose end nobody recorded may have done its work: it is never taken for a success, nor for a failure. */
  async #tellOrphans(store: AuditStore): Promise<void> {
    const orphans = await orphanedCalls(store)
    if (orphans.length === 0) return
    const calls = orphans.length === 1 ? '1 call has' : `${orphans.length} calls have`
    this.observers.log(
      'warn',
      {},
      `${calls} no recorded outcome: the process ended first, or another one is still at it.`,
    )
    const note = 'the process ended before the outcome was recorded, or is still at it'
    const told = orphans.map(({ callId, tool, agentId, principalId, sessionId, digest }) =>
      this.journal.noted('outcome_unknown', { callId, tool, agentId, principalId, sessionId, digest, note }),
    )
    await Promise.all(told)
  }

  #noteRules({ digest, size }: Pick<RulesInForce, 'digest' | 'size'>): Promise<void> {
    return this.journal.noted('rules_loaded', { rulesDigest: digest, note: size === 1 ? '1 rule' : `${size} rules` })
  }

  #sayWhoApproves(): void {
    if (this.approver !== undefined || this.settings.shadow || this.#saidWhoApproves) return
    this.#saidWhoApproves = true
    const sentence =
      'No approver is configured: calls that need approval will be refused. Set `approval`, for example to `queue`.'
    this.observers.log('warn', {}, sentence)
  }

  #storeOf(settings: Settings): AuditStore | undefined {
    if (settings.store !== undefined || !settings.auditLog) return settings.store
    const { auditLogPath: path, auditHeadPath: headPath, auditDurability, auditWriter, onCheckpoint } = settings
    const onTrouble = (message: string): void => this.observers.fault('audit', message)
    const [durability, writer] = [auditDurability, auditWriter]
    return createSqliteStore({
      path,
      headPath,
      durability,
      writer,
      onCheckpoint,
      onTrouble,
      clock: this.clock,
      ids: this.ids,
    })
  }

  #approverOf({ approval }: Settings): Approver | undefined {
    if (approval !== undefined) return firstAnswer(approval.map((channel) => this.#channel(channel)))
    const { input, output } = this.#surroundings
    return terminalIsUsable({ input, output }) ? this.#channel('terminal') : undefined
  }

  #channel(channel: ApprovalChannel): Approver {
    const { input, output } = this.#surroundings
    if (channel === 'terminal') return createTerminalApprover({ input, output, clock: this.clock })
    if (channel === 'queue') return this.queue
    return typeof channel === 'function' ? functionApprover(channel, this.clock) : channel
  }
}

function loggerOf({ logger, logLevel }: Settings): Logger | undefined {
  if (logger !== undefined) return logger === false ? undefined : logger
  return pino({ name: 'sentinel', level: logLevel }, pino.destination({ fd: 2, sync: true }))
}
