import type { Decision, DecisionOf } from './domain/decision.ts'
import type { ApprovalId, AuditId, RiskScore } from './domain/units.ts'
import type { Retry } from './domain/verdict.ts'
import { messageOf } from './support/messages.ts'

export const ERROR_CODES = [
  'BLOCKED',
  'APPROVAL_DENIED',
  'APPROVAL_PENDING',
  'APPROVAL_TIMEOUT',
  'APPROVAL_UNAVAILABLE',
  'APPROVAL_ALREADY_DECIDED',
  'APPROVAL_NOT_ALLOWED',
  'APPROVAL_NOT_RESUMABLE',
  'APPROVAL_UNKNOWN',
  'ANOMALY_UNKNOWN',
  'ARGUMENT_REFUSED',
  'AUDIT_UNAVAILABLE',
  'CALLBACK_REFUSED',
  'CALL_ALREADY_RAN',
  'CALL_ID_REUSED',
  'CLOSED',
  'CONFIG_INVALID',
  'GUARD_FAILED',
  'RULES_INVALID',
] as const
export type SentinelErrorCode = (typeof ERROR_CODES)[number]

/** What an agent may read of a refusal. Never holds a bound, a mean, a range or a z: they would be an oracle for getting past. */
export interface ForModel {
  readonly decision: 'refused'
  readonly auditId: AuditId | undefined
  /** Whether the same call can succeed later without a change to rules or history. */
  readonly retry: Retry
  readonly message: string
}

interface ErrorDetails {
  readonly decision?: Decision | undefined
  readonly auditId?: AuditId | undefined
  readonly forModel?: Partial<Pick<ForModel, 'retry' | 'message'>> | undefined
  readonly cause?: unknown
}

const MARK: unique symbol = Symbol.for('sentinel-guard.error') as never

/** Every error the guard throws. `message` is for developers and operators; `forModel` is all that an agent may read. */
export class SentinelError extends Error {
  readonly code: SentinelErrorCode
  /** The decision behind a refused call; undefined when none was reached. */
  readonly decision: Decision | undefined
  /** The event that records it; undefined when it could not be written. */
  readonly auditId: AuditId | undefined
  readonly forModel: ForModel

  constructor(code: SentinelErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.code = code
    this.decision = details.decision
    this.auditId = details.auditId
    this.forModel = Object.freeze({
      decision: 'refused',
      auditId: details.auditId,
      retry: details.forModel?.retry ?? 'no',
      message: details.forModel?.message ?? 'This call was refused.',
    })
    Object.defineProperty(this, MARK, { value: true })
  }
}

/** Recognises our errors also when another copy of the package threw them, which `instanceof` does not. */
export const isSentinelError = (error: unknown): error is SentinelError =>
  typeof error === 'object' && error !== null && MARK in error

/** A warn rule may stand before the rule that blocked. */
const ruleThatBlocked = ({ reasons }: DecisionOf<'block'>): string | undefined =>
  reasons.filter((reason) => reason.source === 'rule').find(({ action }) => action === 'block')?.ruleId

/** The call was blocked by a rule, by its risk, or by a fault. */
export class SentinelBlockedError extends SentinelError {
  /** 0 to 10. */
  readonly risk: RiskScore
  readonly reasons: DecisionOf<'block'>['reasons']
  /** The first rule that blocked; undefined when no rule did. */
  readonly ruleId: string | undefined

  constructor(message: string, details: ErrorDetails & { readonly decision: DecisionOf<'block'> }) {
    super('BLOCKED', message, details)
    this.risk = details.decision.risk
    this.reasons = details.decision.reasons
    this.ruleId = ruleThatBlocked(details.decision)
  }
}

interface ApprovalDetails extends ErrorDetails {
  readonly approvalId?: ApprovalId | undefined
}

class ApprovalRefusal extends SentinelError {
  readonly approvalId: ApprovalId | undefined
  constructor(code: SentinelErrorCode, message: string, details: ApprovalDetails = {}) {
    super(code, message, details)
    this.approvalId = details.approvalId
  }
}

/** A human said no. */
export class SentinelApprovalDeniedError extends ApprovalRefusal {
  readonly by: string
  readonly note: string | undefined
  constructor(message: string, details: ApprovalDetails & { readonly by: string; readonly note?: string | undefined }) {
    super('APPROVAL_DENIED', message, details)
    this.by = details.by
    this.note = details.note
  }
}

/** The call waits for a human (`approvalMode: 'suspend'`): resume it, or make it again, once it is approved. */
export class SentinelApprovalPendingError extends ApprovalRefusal {
  /** Where a human can decide; undefined when `approvalUrl` is not set. */
  readonly link: string | undefined
  constructor(message: string, details: ApprovalDetails & { readonly link: string | undefined }) {
    super('APPROVAL_PENDING', message, details)
    this.link = details.link
  }
}

/** Nobody answered before the deadline, or the caller gave up waiting. */
export class SentinelApprovalTimeoutError extends ApprovalRefusal {
  constructor(message: string, details?: ApprovalDetails) {
    super('APPROVAL_TIMEOUT', message, details)
  }
}

/** Nobody could be asked. */
export class SentinelApprovalUnavailableError extends ApprovalRefusal {
  constructor(message: string, details?: ApprovalDetails) {
    super('APPROVAL_UNAVAILABLE', message, details)
  }
}

/** A decision on an approval that its maker may not make, or not so. */
export const decisionNotAllowed = (because: string): SentinelError =>
  new SentinelError('APPROVAL_NOT_ALLOWED', `The decision was not taken: ${because}. The approval is still pending.`)

/** An argument can not be copied faithfully, is too large, or fails the tool's schema. */
export class SentinelArgumentError extends SentinelError {
  /** Where, such as `order.items[3]`; empty for the arguments as a whole. */
  readonly path: string
  constructor(message: string, details: ErrorDetails & { readonly path: string }) {
    super('ARGUMENT_REFUSED', message, details)
    this.path = details.path
  }
}

/** The audit log can not be read or written. The tool did not run. */
export class SentinelAuditUnavailableError extends SentinelError {
  constructor(message: string, details?: ErrorDetails) {
    super('AUDIT_UNAVAILABLE', message, details)
  }
}

/** A failure of any store, whoever wrote it, as the one error that says so. */
export const asAuditUnavailable = (error: unknown): SentinelAuditUnavailableError =>
  error instanceof SentinelAuditUnavailableError
    ? error
    : new SentinelAuditUnavailableError(`The audit log can not be used: ${messageOf(error)}`, {
        cause: error,
        forModel: { retry: 'later', message: 'This call was refused because it could not be recorded.' },
      })

/** One thing wrong in a configuration or a rules file. */
export interface Issue {
  /** Where: `rules[3].conditions[0].value`. Empty for the whole. */
  readonly path: string
  /** Stable, for programs: `wrong_type`, `unknown_key`, `duplicate_id`. */
  readonly code: string
  /** What was found, what was wanted, and the next step. */
  readonly message: string
}

const listing = (title: string, issues: readonly Issue[]): string =>
  [title, ...issues.map((issue) => `  ${issue.path || '(top level)'}: ${issue.message} [${issue.code}]`)].join('\n')

/** The configuration can not be used. Lists everything wrong with it. */
export class SentinelConfigError extends SentinelError {
  readonly issues: readonly Issue[]
  constructor(issues: readonly Issue[], details?: ErrorDetails) {
    super('CONFIG_INVALID', listing('The Sentinel configuration is not valid:', issues), details)
    this.issues = issues
  }
}

/** The rules can not be used. Lists everything wrong with them. */
export class SentinelRulesError extends SentinelError {
  readonly issues: readonly Issue[]
  constructor(issues: readonly Issue[], details?: ErrorDetails & { readonly source?: string | undefined }) {
    super(
      'RULES_INVALID',
      listing(`The rules${details?.source ? ` in ${details.source}` : ''} are not valid:`, issues),
      details,
    )
    this.issues = issues
  }
}
