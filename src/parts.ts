import { AnomalyWatch } from './anomaly-watch.ts'
import type { WebhookSecret } from './approval/webhook/signature.ts'
import { ApprovalDesk } from './approvals.ts'
import { approverOf, callbackSecretsOf } from './approver.ts'
import type { AuditKey } from './audit/key.ts'
import { createMemoryStore } from './audit/memory.ts'
import { keyedDigest } from './audit/redact/mark.ts'
import { createRedactor } from './audit/redact/redactor.ts'
import { createSqliteStore } from './audit/sqlite/store.ts'
import type { AuditStore } from './audit/store.ts'
import type { Settings } from './config/config.ts'
import type { Approver } from './domain/approval.ts'
import type { AuditEntry } from './domain/audit-event.ts'
import type { Redacted } from './domain/call.ts'
import type { Detector } from './domain/detector.ts'
import type { Params } from './domain/plain.ts'
import type { Digest } from './domain/units.ts'
import type { IntakePorts } from './intake.ts'
import { Journal } from './journal.ts'
import { keyOf, redactionKey } from './keys.ts'
import { Learner } from './learner.ts'
import type { Analyst } from './llm/analyst.ts'
import { type Judge, type LlmChoice, loadJudge } from './llm/model.ts'
import { RecentCalls } from './llm/recent-calls.ts'
import { Observers } from './observers.ts'
import { analystOf, loggerOf, telemetryOf } from './optional-parts.ts'
import { tellLeftBehind, tellOrphans } from './orphans.ts'
import type { Suspended } from './resume.ts'
import { createCalibratedDetector } from './risk/calibrated/detector.ts'
import { createZscoreDetector } from './risk/zscore.ts'
import { Rulebook, type RulesInForce } from './rulebook.ts'
import { type Clock, systemClock } from './support/clock.ts'
import { type Ids, randomIds } from './support/ids.ts'
import { Lru } from './support/lru.ts'
import { messageOf } from './support/messages.ts'
import { loadOpenTelemetry } from './telemetry/open-telemetry.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import { Windows } from './windows.ts'

/** How long closing waits for tools that run; of those that take longer the log says that their outcome is unknown. */
const CLOSE_WAIT_MAX_MS = 5_000
/** Suspended calls that can be resumed with the arguments they had; older ones are made from what is stored, or again. */
const SUSPENDED_CALLS_MAX = 1_000

/** What a guard takes from its surroundings; tests and replay give their own. */
export interface Surroundings {
  readonly clock: Clock
  readonly ids: Ids
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  /** The last word on what a stored event teaches. In replay, the labels of a file speak here. */
  readonly review: (entry: AuditEntry) => AuditEntry['lesson']
  readonly makeDetector: (settings: Settings, approver: 'present' | 'absent') => Detector
  /** Loads the model that LLM analysis asks. */
  readonly loadJudge: (choice: LlmChoice) => Promise<Judge>
  readonly loadOpenTelemetry: () => Promise<unknown>
}

export const realSurroundings: Surroundings = {
  clock: systemClock,
  ids: randomIds,
  environment: process.env,
  input: process.stdin,
  output: process.stderr,
  review: (entry) => entry.lesson,
  loadJudge,
  loadOpenTelemetry,
  makeDetector: ({ method, minSamples, timeZone, budget }, approver) =>
    method === 'zscore'
      ? createZscoreDetector({ minSamples, timeZone })
      : createCalibratedDetector({ minSamples, timeZone, budget, approver }),
}

/** Everything one guard is made of, wired once. */
export class Parts {
  readonly settings: Settings
  readonly clock: Clock
  readonly ids: Ids
  readonly observers: Observers
  readonly rulebook: Rulebook
  readonly store: AuditStore | undefined
  /** Undefined where there is no log to count in. */
  readonly windows: Windows | undefined
  /** Undefined where there is no log to look through. */
  readonly anomalyWatch: AnomalyWatch | undefined
  readonly journal: Journal
  readonly approvals: ApprovalDesk
  readonly suspended: Lru<string, Suspended> = new Lru(SUSPENDED_CALLS_MAX)
  readonly approver: Approver | undefined
  /** Of every webhook that is asked: they sign what comes by callback. */
  readonly callbackSecrets: readonly WebhookSecret[]
  readonly intake: IntakePorts
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  readonly #surroundings: Surroundings
  /** Undefined where nothing is scored. */
  readonly learner: Learner | undefined
  /** Undefined where no model is asked. */
  readonly analyst: Analyst | undefined
  readonly recentCalls: RecentCalls = new RecentCalls()
  readonly telemetry: Telemetry
  readonly #key: AuditKey
  #starting: Promise<void> | undefined
  #isReady = false
  #saidWhoApproves = false

  /** @throws SentinelConfigError or SentinelRulesError. */
  constructor(settings: Settings, surroundings: Surroundings) {
    const { clock, ids } = surroundings
    this.settings = settings
    this.#surroundings = surroundings
    this.clock = clock
    this.ids = ids
    this.#key = keyOf(settings)
    const secretKey = redactionKey(this.#key)
    const redactor = createRedactor({ ...settings.redact, key: secretKey })
    const redactText = (text: string): string => redactor.redactText(text)
    const redact = (params: Params, secret: readonly string[]): Redacted => redactor.redact(params, secret)
    const sealDigest = (digest: Digest): Digest => keyedDigest(digest, secretKey())
    this.intake = { clock, ids, limits: settings.limits, redact, sealDigest, redactText }
    this.observers = new Observers(loggerOf(settings), redactText)
    this.approver = approverOf(settings, surroundings)
    this.callbackSecrets = callbackSecretsOf(settings)
    this.store = this.#storeOf(settings)
    this.rulebook = new Rulebook({ ...settings, hasLog: this.store !== undefined })
    this.windows =
      this.store && new Windows({ store: this.store, clock, approvalTimeoutMs: settings.approvalTimeoutMs })
    const { timeZone, lookbackDays } = settings
    this.anomalyWatch = this.store && new AnomalyWatch({ store: this.store, clock, timeZone, lookbackDays })
    const stored = (entries: readonly AuditEntry[], lastSeq: number): void => {
      this.learner?.stored(entries, lastSeq)
      this.anomalyWatch?.noted(lastSeq)
    }
    const spare = createMemoryStore({ capacity: 1, clock })
    this.journal = new Journal({
      ...{ store: this.store, spare, observers: this.observers },
      ...{ clock, ids, redactText, stored },
    })
    this.approvals = new ApprovalDesk({
      ...{ store: this.store, spare, journal: this.journal, clock, redactText },
      redact,
      ready: () => this.ready(),
    })
    this.learner = this.#learnerOf(settings, this.store)
    this.analyst = analystOf(settings, this, surroundings)
    this.telemetry = telemetryOf(settings, this, surroundings)
    this.observers.on('fault', ({ stage }) => this.telemetry.faulted(stage))
    this.observers.on('fault', (fault) => this.journal.faulted(fault))
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
    if (this.store !== undefined) await tellLeftBehind(this.store, this)
    if (this.#isReady) await this.learner?.close()
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
    const { store } = this
    this.#sayWhoApproves()
    if (store === undefined) return
    // The key is there before the log is.
    this.#key.for('redaction')
    await store.open()
    await this.learner?.start()
    this.#isReady = true
    await tellOrphans(store, this)
    await this.approvals.expireOverdue()
    const rules = this.rulebook.current
    if (rules !== undefined) await this.#noteRules(rules)
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
    return createSqliteStore({
      ...{ path, headPath, durability: auditDurability, writer: auditWriter, onCheckpoint },
      ...{ clock: this.clock, ids: this.ids },
      key: () => this.#key.for('chain'),
      onTrouble: (message) => this.observers.fault('audit', message),
    })
  }

  #learnerOf(settings: Settings, store: AuditStore | undefined): Learner | undefined {
    if (!settings.learning || store === undefined) return undefined
    const { observers, clock, journal } = this
    const { review, makeDetector } = this.#surroundings
    const approver = this.approver === undefined || settings.shadow ? 'absent' : 'present'
    return new Learner({
      ...{ store, observers, clock, review, lookbackDays: settings.lookbackDays },
      makeDetector: () => makeDetector(settings, approver),
      announce: ({ tool, agentId, param }) =>
        void journal.noted('baseline_changed', { tool, agentId, details: { change: 'rebased', param } }),
      noteRebuilt: (since) => journal.noted('baseline_changed', { details: { change: 'rebuilt', since } }),
    })
  }
}
