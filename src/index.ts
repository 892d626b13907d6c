import './require-node.ts'

export type { Anomalies, AnomalyQuery, Detection } from './anomalies.ts'
export type { ApprovalDecision, ApprovalFilter, ApprovalGrant, Approvals } from './approval/approvals.ts'
export type { ApprovalFunction, FunctionAnswer } from './approval/function.ts'
export type { CallbackMessage, GuardApprovals } from './approval/webhook/callback.ts'
export type { WebhookConfig } from './approval/webhook/settings.ts'
export type { MessageHeaders } from './approval/webhook/signature.ts'
export type { ApprovalQuery } from './audit/approval-query.ts'
export type { ApprovalStep, Asked, AskStep, Changed, ChangeStep } from './audit/approval-step.ts'
export type { Checkpoint } from './audit/checkpoint.ts'
export type { ExportFormat, ExportQuery } from './audit/export.ts'
export type { AuditLog, TailOptions } from './audit/log.ts'
export { createMemoryStore, type MemoryStoreOptions } from './audit/memory.ts'
export { createSqliteStore, type SqliteStoreOptions } from './audit/sqlite/store.ts'
export type {
  Appended,
  AppendTerms,
  AuditQuery,
  AuditStore,
  ListedAnomalies,
  Pruned,
  PruneRequest,
} from './audit/store.ts'
export type { BreakCode, Verification, VerifyOptions, VerifyProgress } from './audit/verification.ts'
export type { Authorization } from './authorization.ts'
export type { Actor, BaselineHealth, Baselines, MeasuredRate } from './baselines.ts'
export { type ApprovalChannel, presets, type SentinelConfig } from './config/config.ts'
export type { LlmConfig, LlmWhen } from './config/llm.ts'
export type { CallContext } from './context.ts'
export { ACTIONS, type Action } from './domain/action.ts'
export type { Activity, ActivityEventName, SeqRange } from './domain/activity.ts'
export type {
  Anomaly,
  AnomalyFilter,
  AnomalyHead,
  AnomalyList,
  AnomalySave,
  AnomalySaved,
  AnomalyState,
  AnomalyStatus,
  AnomalyType,
  AnomalyWanted,
  KeptAnomaly,
  Severity,
} from './domain/anomaly.ts'
export type { Approval, ApprovalAnswer, ApprovalRequest, ApprovalState, Approver } from './domain/approval.ts'
export { AUDIT_EVENT_NAMES, type AuditEntry, type AuditEvent, type AuditEventName } from './domain/audit-event.ts'
export type {
  AlarmCounts,
  BaselineSave,
  BaselineState,
  LlmUse,
  StateRow,
  UsualCalls,
  UsualNumbers,
  UsualParameter,
  ValueCount,
} from './domain/baseline.ts'
export type { Budget } from './domain/budget.ts'
export type { Decision, DecisionOf, FaultStage, NonEmpty, Reason } from './domain/decision.ts'
export type { Lesson } from './domain/detector.ts'
export type { Consultation, Recommendation } from './domain/opinion.ts'
export type { Params, Plain, PlainObject } from './domain/plain.ts'
export type { RiskLevel, Signal, SignalKind } from './domain/risk.ts'
export type { FailMode } from './domain/settings.ts'
export type { ApprovalId, AuditId, CallId, Digest, EpochMs, RiskScore } from './domain/units.ts'
export type { Reservation, Reserved, WindowEntry, WindowQuestion, WindowUsage } from './domain/window.ts'
export {
  type ForModel,
  type Issue,
  isSentinelError,
  SentinelApprovalDeniedError,
  SentinelApprovalPendingError,
  SentinelApprovalTimeoutError,
  SentinelApprovalUnavailableError,
  SentinelArgumentError,
  SentinelAuditUnavailableError,
  SentinelBlockedError,
  SentinelConfigError,
  SentinelError,
  type SentinelErrorCode,
  SentinelRulesError,
} from './errors.ts'
export type { LlmModel, LlmProviderName } from './llm/model.ts'
export type {
  DecisionNotice,
  FaultNotice,
  Logger,
  SentinelEventName,
  SentinelEvents,
  SentinelListener,
} from './observers.ts'
export type { RulesInForce } from './rulebook.ts'
export { type DescribedCall, Sentinel } from './sentinel.ts'
export { DEFAULT_LIMITS, type SnapshotLimits } from './snapshot/limits.ts'
export type { EditNotice, ParamsSchema, ToolOptions } from './tool.ts'
export type { GuardedResult, GuardedTool, GuardedTools } from './wrap.ts'
