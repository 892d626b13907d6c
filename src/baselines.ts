import type { AuditStore } from './audit/store.ts'
import type { Settings } from './config/config.ts'
import type { AuditEntry } from './domain/audit-event.ts'
import type { AlarmCounts, UsualCalls } from './domain/baseline.ts'
import type { Budget } from './domain/budget.ts'
import type { AuditId } from './domain/units.ts'
import { SentinelConfigError, SentinelError } from './errors.ts'
import type { Journal } from './journal.ts'
import type { Learner } from './learner.ts'
import type { Parts } from './parts.ts'
import { wilsonInterval } from './support/wilson.ts'

/** Who changes what is usual, and why; recorded. */
export interface Actor {
  /** Default: nobody in particular. */
  readonly by?: string | undefined
  readonly note?: string | undefined
}

/** A share with the interval it lies in, as far as so many calls can tell. */
export interface MeasuredRate {
  readonly per1000: number
  /** 95 % of such intervals hold the true rate (E. Wilson, "Probable inference", JASA 1927). */
  readonly low: number
  readonly high: number
}

/** Whether alarms come as often as promised. */
export interface BaselineHealth extends AlarmCounts {
  /** What the budget promises of normal calls; undefined in the plain method, which promises nothing. */
  readonly promised: Budget | undefined
  /** Of all scored calls, real anomalies included; undefined before the first one. `warn` counts the escalated ones too, as the budget does. */
  readonly measured: { readonly escalate: MeasuredRate; readonly warn: MeasuredRate } | undefined
}

/** What is usual, and how to change it. */
export interface Baselines {
  /**
   * What is usual for a tool: one entry for each agent that calls it, most calls first. Empty for a tool of which nothing is learned.
   * @throws SentinelAuditUnavailableError when the log can not be read.
   */
  get(tool: string): Promise<readonly UsualCalls[]>
  /** As `get`, of every tool. */
  list(): Promise<readonly UsualCalls[]>
  /** Scored calls, alarms, and both rates beside what is promised; for all tools or for one. */
  health(tool?: string): Promise<BaselineHealth>
  /**
   * What made a call an anomaly is usual from now on, for the tool and agent of that call.
   * @param anomalyId the id of an `anomaly_detected` event.
   * @throws SentinelError `ANOMALY_UNKNOWN` when there is no such event.
   */
  accept(anomalyId: AuditId | string, actor?: Actor): Promise<void>
  /** Forgets everything learned of a tool, or of one parameter (a path such as `order.total`), for all agents. */
  forget(tool: string, param?: string, actor?: Actor): Promise<void>
  /** Builds everything anew from the last `anomalyLookbackDays` of the log. */
  rebuild(actor?: Actor): Promise<void>
}

/** The parts of a guard that know what is usual. */
export type BaselineParts = Pick<Parts, 'learner' | 'store' | 'ready'> & {
  readonly journal: Pick<Journal, 'done'>
  readonly settings: Pick<Settings, 'method' | 'scoring' | 'budget'>
}

/** The baselines of a guard; without a scorer every method fails with a `SentinelConfigError` that says so. */
export function createBaselines(parts: BaselineParts): Baselines {
  const described = async (tool?: string): Promise<readonly UsualCalls[]> => {
    const { learner } = await inStep(parts)
    return [...learner.detector.describe(tool)].sort((a, b) => b.samples - a.samples)
  }
  return Object.freeze<Baselines>({
    get: (tool) => described(tool),
    list: () => described(),
    async health(tool) {
      const { learner } = await inStep(parts)
      const { method, scoring, budget } = parts.settings
      return healthOf(learner.alarms(tool) ?? NO_CALLS, scoring && method === 'calibrated' ? budget : undefined)
    },
    async accept(anomalyId, actor) {
      const { learner, store } = await inStep(parts)
      const [anomaly] = await store.query({ id: anomalyId, event: 'anomaly_detected', limit: 1 })
      if (anomaly === undefined) throw unknownAnomaly(anomalyId)
      const { callId, tool, agentId, principalId, params, redactedPaths, signals } = anomaly
      const details = { change: 'accepted', anomalyId: anomaly.id, calledAt: anomaly.time }
      const about = { callId, tool, agentId, principalId, params, redactedPaths, signals, details }
      await changed(parts, about, actor)
      await learner.catchUp()
    },
    async forget(tool, param, actor) {
      const { learner } = await inStep(parts)
      const details = { change: 'forgotten', ...(param === undefined ? {} : { param }) }
      await changed(parts, { tool, details }, actor)
      await learner.catchUp()
    },
    async rebuild(actor) {
      const { learner } = await inStep(parts)
      await changed(parts, { details: { change: 'rebuilt', since: learner.lookback } }, actor)
      await learner.catchUp()
    },
  })
}

const NO_CALLS: AlarmCounts = {
  ...{ calls: 0, warned: 0, escalated: 0, approved: 0, denied: 0 },
  llm: undefined,
}

/** The learner, having read everything that is stored. */
async function inStep(parts: BaselineParts): Promise<{ readonly learner: Learner; readonly store: AuditStore }> {
  const { learner, store } = parts
  if (learner === undefined || store === undefined) {
    const message = 'nothing is learned, since anomaly detection is off; leave it on to have baselines'
    throw new SentinelConfigError([{ path: 'anomalyDetection', code: 'contradiction', message }])
  }
  await parts.ready()
  await learner.catchUp()
  return { learner, store }
}

/** Nothing is changed that is not recorded: rejects when the log can not be written. */
async function changed(
  { journal }: BaselineParts,
  about: Partial<AuditEntry>,
  { by, note }: Actor = {},
): Promise<void> {
  await journal.done('baseline_changed', { ...about, approvedBy: by, note })
}

function healthOf(counts: AlarmCounts, promised: BaselineHealth['promised']): BaselineHealth {
  const { calls, warned, escalated } = counts
  const rate = (alarms: number): MeasuredRate => {
    const [low, high] = wilsonInterval(alarms, calls)
    return { per1000: (1_000 * alarms) / calls, low: 1_000 * low, high: 1_000 * high }
  }
  const measured = calls === 0 ? undefined : { escalate: rate(escalated), warn: rate(escalated + warned) }
  return { ...counts, promised, measured }
}

const unknownAnomaly = (id: string): SentinelError =>
  new SentinelError(
    'ANOMALY_UNKNOWN',
    `There is no anomaly '${id}'; give the id of an \`anomaly_detected\` event, as \`sentinel log --event anomaly_detected\` shows it.`,
  )
