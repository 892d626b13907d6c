import type { Activity, SeqRange } from '../domain/activity.ts'
import type {
  AnomalyFilter,
  AnomalySave,
  AnomalySaved,
  AnomalyState,
  AnomalyWanted,
  KeptAnomaly,
} from '../domain/anomaly.ts'
import type { Approval } from '../domain/approval.ts'
import type { AuditEntry, AuditEvent, AuditEventName } from '../domain/audit-event.ts'
import type { BaselineSave, BaselineState } from '../domain/baseline.ts'
import type { AuditId, CallId, EpochMs, RiskScore } from '../domain/units.ts'
import type { Reservation, Reserved } from '../domain/window.ts'
import type { ApprovalQuery } from './approval-query.ts'
import type { ApprovalStep, Asked, Changed } from './approval-step.ts'
import type { BaselineSaved } from './baseline-save.ts'
import type { Verification, VerifyOptions } from './verification.ts'

/** Which events to read. All given conditions must hold; newest first unless `order` says otherwise. */
export interface AuditQuery {
  readonly tool?: string | undefined
  readonly agentId?: string | undefined
  readonly event?: AuditEventName | readonly AuditEventName[] | undefined
  /** Inclusive. */
  readonly since?: Date | EpochMs | string | undefined
  /** Exclusive. */
  readonly until?: Date | EpochMs | string | undefined
  /** Inclusive, 0 to 10. */
  readonly minRisk?: RiskScore | number | undefined
  readonly callId?: CallId | string | undefined
  /** One event by its own id. */
  readonly id?: AuditId | string | undefined
  /** At most this many events, 1 to 10,000; default 100. */
  readonly limit?: number | undefined
  /** Only events with a lower sequence number: the way to page backwards. */
  readonly before?: number | undefined
  /** Only events with a higher sequence number: the way to follow. */
  readonly after?: number | undefined
  readonly order?: 'newest-first' | 'oldest-first' | undefined
}

export type Appended =
  | { readonly status: 'stored'; readonly lastSeq: number; readonly approval?: Asked | Changed | undefined }
  /** Nothing was stored: another call with this id was decided before. */
  | { readonly status: 'call-known'; readonly decided: AuditEvent }
  /** Nothing was stored: the approval is not in a state, or not in time, for what was wanted of it; or the call waits already. */
  | { readonly status: 'approval-stands'; readonly approval: Asked | Changed }

/** What an append may depend on. */
export interface AppendTerms {
  /** Store only if no decision with this call id is in the log yet. */
  readonly claim?: CallId | undefined
  /** What is to become of one approval, in the same step. */
  readonly approval?: ApprovalStep | undefined
}

/** What to take out of a log. */
export interface PruneRequest {
  /** Events from the beginning up to the first one of this time or later. */
  readonly before: Date | EpochMs | string
  /** Who wants it, or why; kept in the `pruned` event. */
  readonly note?: string | undefined
}

/** Anomalies that were asked for, those seen last first, and how many there are, however many are listed. */
export interface ListedAnomalies {
  readonly anomalies: readonly KeptAnomaly[]
  readonly total: number
}

export interface Pruned {
  /** Events that were taken out. */
  readonly events: number
  /** Sequence number of the first event that is left, a `pruned` event at the latest; undefined in an empty log. */
  readonly firstSeq: number | undefined
}

/**
 * Where audit events live. All methods reject with `SentinelAuditUnavailableError` when the place can not be used, and work again
 * without a restart when the cause is gone.
 */
export interface AuditStore {
  /** False where only this process writes: nobody then looks for what others stored. */
  readonly isShared?: boolean | undefined
  /** Makes the place ready; may be called again, then does nothing. Other methods open by themselves. */
  open(): Promise<void>
  /**
   * Stores all entries or none, in order, and resolves once they are as durable as the store promises. What the terms look at and
   * what is written are one step for all processes. Without entries there must be an approval.
   */
  append(entries: readonly AuditEntry[], terms?: AppendTerms): Promise<Appended>
  query(query?: AuditQuery): Promise<readonly AuditEvent[]>
  /** Events with a higher sequence number than `after` (default: the newest now), oldest first, and then each new one as it comes. */
  tail(options?: { readonly after?: number; readonly signal?: AbortSignal }): AsyncIterable<AuditEvent>
  /**
   * Looks at every event of the log: whether each is as it was written, and whether the end is there.
   * @throws the reason of `signal` when it aborts.
   */
  verify(options?: VerifyOptions): Promise<Verification>
  /**
   * Takes out the oldest events. Each step of the work leaves a `pruned` event that names what was taken, so that the rest is still
   * verifiable. A call id that only those events knew is unknown again.
   * @throws SentinelConfigError when `before` is not a time.
   */
  prune(request: PruneRequest): Promise<Pruned>
  /**
   * Stores what the scorer knows, all or nothing, unless something newer of the same make is stored.
   * `other-base`: the rows are changes of a state that is not the stored one; nothing was stored.
   */
  saveBaselines(state: BaselineSave): Promise<BaselineSaved>
  /** What was stored last; undefined when nothing was. */
  loadBaselines(): Promise<BaselineState | undefined>
  /**
   * Answers for the calls that are counted, and counts this one, in one step for all processes. A call counts from now on, until no
   * window reaches it, or it is released, or its hold ends before the log shows it as let through, or as waiting, for which it has some
   * time more. A start takes out the undecided calls of processes that ended. One call id counts once.
   */
  reserve(reservation: Reservation): Promise<Reserved>
  /** Takes back what a call reserved, unless the log shows that it was let through, or waits to be. */
  release(callId: CallId): Promise<void>
  /** Approvals as they stand at the time of the query. */
  approvals(query: ApprovalQuery): Promise<readonly Approval[]>
  /** What agents did, of a range of events, oldest first. For looking through many events at once: at most 50,000. */
  activity(range: SeqRange): Promise<readonly Activity[]>
  /** What is stored of some agents and anomalies, all of one moment. */
  loadAnomalies(wanted: AnomalyWanted): Promise<AnomalyState>
  /** Stores what a look through the log gave, all or nothing; `moved`: somebody else looked meanwhile, and nothing was stored. */
  saveAnomalies(save: AnomalySave): Promise<AnomalySaved>
  /** Anomalies that meet all given conditions. */
  listAnomalies(filter: AnomalyFilter): Promise<ListedAnomalies>
  /** Idempotent. */
  close(): Promise<void>
}
