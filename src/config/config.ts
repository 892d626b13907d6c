import type { KeyObject } from 'node:crypto'
import type { ApprovalFunction } from '../approval/function.ts'
import type { WebhookConfig } from '../approval/webhook/settings.ts'
import type { Checkpoint } from '../audit/checkpoint.ts'
import type { AuditStore } from '../audit/store.ts'
import type { Approver } from '../domain/approval.ts'
import { type Budget, DEFAULT_BUDGET } from '../domain/budget.ts'
import type { RiskThresholds } from '../domain/risk.ts'
import type { FailMode } from '../domain/settings.ts'
import type { Logger } from '../observers.ts'
import { DEFAULT_LIMITS, type SnapshotLimits } from '../snapshot/limits.ts'
import type { LlmConfig, LlmSettings } from './llm.ts'

export type ApprovalChannel = 'terminal' | 'queue' | { readonly webhook: WebhookConfig } | ApprovalFunction | Approver

/** Everything a guard can be told. Every key is optional; unknown keys are refused. */
export interface SentinelConfig extends LlmConfig {
  /** Path of a rules file (JSON). Environment: `SENTINEL_RULES_PATH`. Not together with `rules`. */
  readonly rulesPath?: string | undefined
  /** The rules themselves, as a rules file has them. */
  readonly rules?: object | undefined
  /** Load the rules file again when it changes; a bad file leaves the last good rules in force. Default false. */
  readonly watchRules?: boolean | undefined
  /** Who calls, unless `as()` says otherwise. Default `default`. */
  readonly agentId?: string | undefined
  /** On whose behalf, unless `as()` says otherwise. */
  readonly principalId?: string | undefined
  /** What a failing scorer or store means. Default `secure`. Environment: `SENTINEL_FAIL_MODE`. */
  readonly failMode?: FailMode | undefined
  /** Keep an audit log. Default true. Without one there is no history, so `anomalyDetection` must be off too. */
  readonly auditLog?: boolean | undefined
  /** SQLite file of the log. Default `./.sentinel/audit.db`. Environment: `SENTINEL_AUDIT_PATH`. */
  readonly auditLogPath?: string | undefined
  /** A store of your own instead of the SQLite file. */
  readonly store?: AuditStore | undefined
  /** `full`: acknowledged means it survives power loss. `normal`: it survives a killed process. Default `full`. */
  readonly auditDurability?: 'full' | 'normal' | undefined
  /**
   * `thread`: a thread of its own writes the log, so that a slow disk stops nothing else. `inline`: the thread of the program does.
   * Default: `thread` with `auditDurability: 'full'`, `inline` with `'normal'`.
   */
  readonly auditWriter?: 'thread' | 'inline' | undefined
  /** File that holds the end of the log's chain, best on another disk. Default: beside the log, with `.head` after its name. */
  readonly auditHeadPath?: string | undefined
  /** Gets the end of the log's chain about a second after it grew, and once a minute when it does not, to be kept elsewhere. */
  readonly onCheckpoint?: ((head: Checkpoint) => unknown) | undefined
  /**
   * The key of the digests that stand in place of secrets: text (taken as UTF-8) or bytes, at least 32 bytes. Default: the file
   * `audit.key` beside the log, made at first use; with a `store` of your own, or no log, a random one for this process.
   * Environment: `SENTINEL_AUDIT_KEY`.
   */
  readonly auditKey?: string | Uint8Array | undefined
  /** Secrets beside the usual ones: parameter names (any depth, any case) and patterns (RE2 syntax) of values. */
  readonly redact?:
    | { readonly names?: readonly string[] | undefined; readonly patterns?: readonly string[] | undefined }
    | undefined
  /** Refuse nothing: decide and record only. Default false. */
  readonly shadow?: boolean | undefined
  /** Score calls against what is usual. Default true. */
  readonly anomalyDetection?: boolean | undefined
  /** Score by statistics. Default true. */
  readonly anomalyStatistical?: boolean | undefined
  /** `calibrated`: how rare a call is, with a false-alarm rate that holds; `zscore`: the plain rule. Default `calibrated`. */
  readonly anomalyMethod?: 'calibrated' | 'zscore' | undefined
  /** `calibrated` only: how many of 1,000 normal calls may reach risk 7 and risk 4. Default 2 and 46. */
  readonly anomalyBudget?: Budget | undefined
  /** Risk from which a call is warned about, 0 to 10. Default 4, or the escalation threshold when that is lower. */
  readonly anomalyWarnThreshold?: number | undefined
  /** Risk from which a human must approve, 0 to 10. Default 7. */
  readonly anomalyEscalationThreshold?: number | undefined
  /** Risk from which a call is blocked, 0 to 10. Default 9. */
  readonly anomalyBlockThreshold?: number | undefined
  /** Calls to learn before the first one is scored, 2 or more. Default 5. */
  readonly anomalyMinSamples?: number | undefined
  /** How many days of the log a baseline is built from at start. Default 30. */
  readonly anomalyLookbackDays?: number | undefined
  /** IANA name of the zone for hours of the day. Default `UTC`. */
  readonly timeZone?: string | undefined
  /** Who decides escalated calls; several: the first answer wins. Default: the terminal when there is one, else nobody. */
  readonly approval?: ApprovalChannel | readonly ApprovalChannel[] | undefined
  /**
   * `wait` (default): the call waits for the answer. `suspend`: it rejects with `SentinelApprovalPendingError`, and runs by `resume` or
   * when it is made again after it was approved; without `approval` it is asked in the queue.
   */
  readonly approvalMode?: 'wait' | 'suspend' | undefined
  /** Milliseconds an approver has. Default 300,000 (5 minutes). */
  readonly approvalTimeoutMs?: number | undefined
  /** Denials of the same call in its session, within 24 hours, after which it is refused without asking anyone. Default 3. */
  readonly denialLimit?: number | undefined
  /** The principal on whose behalf the agent asks may not decide either. Default false. */
  readonly fourEyes?: boolean | undefined
  /** Names of those who may decide, as their channel gives them. Default: everyone but who asks. */
  readonly approvers?: readonly string[] | undefined
  /** Where the approval page is, such as `https://approve.example.com`: a suspended call names the link. */
  readonly approvalUrl?: string | undefined
  /** A pino-compatible logger, or `false`. Default: pino to stderr. Environment: `SENTINEL_LOG_LEVEL`. */
  readonly logger?: Logger | false | undefined
  /**
   * Trace and count calls by OpenTelemetry: whatever providers the program registers get one span a call. Needs the package
   * `@opentelemetry/api`. Default false.
   */
  readonly telemetry?: boolean | undefined
  /** How large the arguments of a call may be; see `DEFAULT_LIMITS`. */
  readonly limits?: { readonly [Limit in keyof SnapshotLimits]?: number | undefined } | undefined
}

/** A checked configuration with every default filled in. */
export interface Settings {
  readonly rulesPath: string | undefined
  readonly rules: object | undefined
  readonly watchRules: boolean
  readonly agentId: string
  readonly principalId: string | undefined
  readonly failMode: FailMode
  readonly auditLog: boolean
  readonly auditLogPath: string
  readonly store: AuditStore | undefined
  readonly auditDurability: 'full' | 'normal'
  readonly auditWriter: 'thread' | 'inline' | undefined
  readonly auditHeadPath: string | undefined
  readonly onCheckpoint: ((head: Checkpoint) => unknown) | undefined
  readonly auditKey: KeyObject | undefined
  readonly redact: NonNullable<SentinelConfig['redact']>
  readonly shadow: boolean
  /** Whether statistics judge calls. */
  readonly scoring: boolean
  /** Whether what is usual is learned, to score by or to tell a model. */
  readonly learning: boolean
  /** Undefined: no model is asked. */
  readonly llm: LlmSettings | undefined
  readonly method: 'calibrated' | 'zscore'
  readonly budget: Budget
  readonly thresholds: RiskThresholds
  readonly minSamples: number
  readonly lookbackDays: number
  readonly timeZone: string
  readonly approval: readonly ApprovalChannel[] | undefined
  readonly approvalMode: 'wait' | 'suspend'
  readonly approvalTimeoutMs: number
  readonly denialLimit: number
  readonly fourEyes: boolean
  readonly approvers: readonly string[] | undefined
  readonly approvalUrl: string | undefined
  readonly logger: Logger | false | undefined
  readonly logLevel: string
  readonly telemetry: boolean
  readonly limits: SnapshotLimits
}

/** What holds where a configuration says nothing. */
export const DEFAULTS: Settings = Object.freeze({
  rulesPath: undefined,
  rules: undefined,
  watchRules: false,
  agentId: 'default',
  principalId: undefined,
  failMode: 'secure',
  auditLog: true,
  auditLogPath: './.sentinel/audit.db',
  store: undefined,
  auditDurability: 'full',
  auditWriter: undefined,
  auditHeadPath: undefined,
  onCheckpoint: undefined,
  auditKey: undefined,
  shadow: false,
  redact: Object.freeze({}),
  scoring: true,
  learning: true,
  llm: undefined,
  method: 'calibrated',
  budget: DEFAULT_BUDGET,
  thresholds: Object.freeze({ warn: 4, escalate: 7, block: 9 }),
  minSamples: 5,
  lookbackDays: 30,
  timeZone: 'UTC',
  approval: undefined,
  approvalMode: 'wait',
  approvalTimeoutMs: 300_000,
  denialLimit: 3,
  fourEyes: false,
  approvers: undefined,
  approvalUrl: undefined,
  logger: undefined,
  logLevel: 'info',
  telemetry: false,
  limits: DEFAULT_LIMITS,
})

/** Thresholds to spread into a configuration: `new Sentinel({ ...presets.conservative })`. */
export const presets: {
  readonly conservative: Pick<SentinelConfig, 'anomalyEscalationThreshold' | 'anomalyBlockThreshold'>
  readonly permissive: Pick<SentinelConfig, 'anomalyEscalationThreshold' | 'anomalyBlockThreshold'>
} = Object.freeze({
  /** For money and health: escalate from 5, block from 7. */
  conservative: Object.freeze({ anomalyEscalationThreshold: 5, anomalyBlockThreshold: 7 }),
  /** For internal tools: escalate from 8, block from 9.5. */
  permissive: Object.freeze({ anomalyEscalationThreshold: 8, anomalyBlockThreshold: 9.5 }),
})
