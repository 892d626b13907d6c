import { z } from 'zod'
import type { AnomalyWatch } from './anomaly-watch.ts'
import { timeText } from './audit/moment.ts'
import type { AuditStore } from './audit/store.ts'
import type { Actor } from './baselines.ts'
import { configErrorAt } from './config/issues.ts'
import {
  ANOMALY_TYPES,
  type Anomaly,
  type AnomalyFilter,
  type AnomalyList,
  type AnomalyType,
  type KeptAnomaly,
  SEVERITIES,
  type Severity,
} from './domain/anomaly.ts'
import type { AuditEntry, AuditEventName } from './domain/audit-event.ts'
import type { EpochMs } from './domain/units.ts'
import { asAuditUnavailable, isSentinelError, SentinelAuditUnavailableError, SentinelError } from './errors.ts'
import type { Journal } from './journal.ts'
import type { Clock } from './support/clock.ts'

/** Which anomalies to list. All given conditions must hold. */
export interface AnomalyQuery {
  /** Only those that nobody has acknowledged or resolved. */
  readonly unacknowledged?: boolean | undefined
  readonly type?: AnomalyType | undefined
  readonly severity?: Severity | undefined
  readonly agentId?: string | undefined
  /** Only those seen at that time or later. */
  readonly since?: Date | EpochMs | string | undefined
  /** At most so many, 1 to 1,000; default 100. */
  readonly limit?: number | undefined
}

/** What a look through the log left to be looked at. */
export interface Detection extends AnomalyList {
  /** Time of the look, ISO 8601, UTC. */
  readonly detectedAt: string
}

/** What was odd over time, and whether anybody looked. */
export interface Anomalies {
  /**
   * Looks through everything that was recorded since the last look, by whichever process, and answers with the open anomalies, those
   * seen last first, at most 1,000. Looking twice finds the same; it refuses and changes no call.
   * @throws SentinelAuditUnavailableError when the log can not be read or written, also when there is none.
   */
  detect(): Promise<Detection>
  /**
   * As `detect`, and answers with those that meet all given conditions, acknowledged and resolved ones among them.
   * @throws SentinelConfigError when a condition is not understood.
   */
  list(query?: AnomalyQuery): Promise<AnomalyList>
  /**
   * Somebody looked: it stays quiet until it gets worse. Recorded as an `anomaly_acknowledged` event. The first answer stands.
   * @returns the anomaly as it is now.
   * @throws SentinelError `ANOMALY_UNKNOWN` when there is none with this id.
   */
  acknowledge(id: string, actor?: Actor): Promise<Anomaly>
  /** Somebody dealt with it: should it come back, that is a new one. Recorded as an `anomaly_resolved` event. Else as `acknowledge`. */
  resolve(id: string, actor?: Actor): Promise<Anomaly>
}

type AnswerEvent = Extract<AuditEventName, 'anomaly_acknowledged' | 'anomaly_resolved'>

export interface AnomalyPorts {
  /** Undefined: there is no log, and every method says so. */
  readonly store: AuditStore | undefined
  /** Of this store. */
  readonly watch: AnomalyWatch | undefined
  readonly clock: Clock
  /** Resolves once everything that happened so far is stored. */
  readonly settled: () => Promise<void>
  /** Stores an event; rejects when it can not. */
  readonly record: (event: AnswerEvent, about: Partial<AuditEntry>) => Promise<void>
}

/** What a guard is made of, as far as it matters here. */
export interface AnomalyParts extends Pick<AnomalyPorts, 'store' | 'clock'> {
  readonly anomalyWatch: AnomalyWatch | undefined
  readonly journal: Pick<Journal, 'flush' | 'done'>
  ready(): Promise<void>
}

/** How a guard looks for anomalies: what waits to be written is written first. */
export function portsOf(parts: AnomalyParts): AnomalyPorts {
  const { store, anomalyWatch: watch, clock, journal } = parts
  const settled = async (): Promise<void> => {
    await parts.ready()
    await journal.flush()
  }
  return { store, watch, clock, settled, record: (event, about) => journal.done(event, about) }
}

const LISTED_MAX = 1_000
const LISTED_DEFAULT = 100
const EVERYTHING: AnomalyFilter = {
  ...{ status: undefined, type: undefined, severity: undefined, agentId: undefined, since: undefined },
  limit: LISTED_DEFAULT,
}

export function createAnomalies(ports: AnomalyPorts): Anomalies {
  const { store, watch, clock, settled, record } = ports
  if (store === undefined || watch === undefined) return NO_LOG

  const lookedThrough = async (): Promise<void> => {
    await settled()
    await watch.catchUp()
  }
  const listed = async (filter: AnomalyFilter): Promise<AnomalyList> => {
    const { anomalies, total } = await store.listAnomalies(filter)
    return Object.freeze({ anomalies: Object.freeze(anomalies.map(shown)), total })
  }
  const known = async (id: string): Promise<Anomaly> => {
    const { anomalies } = await store.loadAnomalies({ agents: [], conditions: [], ids: [id] })
    if (anomalies[0] === undefined) throw unknownAnomaly(id)
    return shown(anomalies[0])
  }
  const answer = async (event: AnswerEvent, givenId: unknown, given: Actor = {}): Promise<Anomaly> => {
    const [id, { by, note }] = [idIn(givenId), actorIn(given)]
    await lookedThrough()
    const { status, type, agentId, principalId, metadata } = await known(id)
    const isAnswered = status === 'resolved' || (status === 'acknowledged' && event === 'anomaly_acknowledged')
    if (isAnswered) return known(id)
    const tool = typeof metadata.tool === 'string' ? metadata.tool : undefined
    await record(event, { tool, agentId, principalId, approvedBy: by, note, details: { anomalyId: id, type } })
    await watch.catchUp()
    return known(id)
  }

  const detect = async (): Promise<Detection> => {
    await lookedThrough()
    const open = await listed({ ...EVERYTHING, status: 'open', limit: LISTED_MAX })
    return Object.freeze({ detectedAt: new Date(clock.now()).toISOString(), ...open })
  }
  const list = async (query: AnomalyQuery = {}): Promise<AnomalyList> => {
    const filter = filterOf(query)
    await lookedThrough()
    return listed(filter)
  }

  return Object.freeze<Anomalies>({
    detect: () => typed(detect()),
    list: (query) => typed(list(query)),
    acknowledge: (id, actor) => typed(answer('anomaly_acknowledged', id, actor)),
    resolve: (id, actor) => typed(answer('anomaly_resolved', id, actor)),
  })
}

/** Whoever wrote the store: what it throws is told as what it is. */
const typed = <Result>(result: Promise<Result>): Promise<Result> =>
  result.catch((error: unknown) => {
    throw isSentinelError(error) ? error : asAuditUnavailable(error)
  })

const shown = ({ anomaly }: KeptAnomaly): Anomaly => Object.freeze({ ...anomaly })

const querySchema = z.strictObject({
  unacknowledged: z.boolean().optional(),
  type: z.enum(ANOMALY_TYPES).optional(),
  severity: z.enum(SEVERITIES).optional(),
  agentId: z.string().optional(),
  since: z
    .unknown()
    .transform((since, context) => {
      const time = since === undefined ? undefined : timeText(since)
      if (since !== undefined && time === undefined)
        context.addIssue('expected a Date, milliseconds since 1970, or ISO 8601 text such as 2026-01-31T09:30:00Z')
      return time
    })
    .optional(),
  limit: z.number().int().min(1).max(LISTED_MAX).optional(),
})

/** @throws SentinelConfigError: a condition that is not understood must not read as none. */
function filterOf(query: unknown): AnomalyFilter {
  const parsed = querySchema.safeParse(query)
  if (!parsed.success)
    throw configErrorAt('query', parsed.error, { given: query, keys: Object.keys(querySchema.shape) })
  const { unacknowledged, type, severity, agentId, since, limit = LISTED_DEFAULT } = parsed.data
  return { status: unacknowledged === true ? 'open' : undefined, type, severity, agentId, since, limit }
}

const idSchema = z.string().min(1).max(1_000)
const actorSchema = z.strictObject({
  by: z.string().max(1_000).optional(),
  note: z.string().max(10_000).optional(),
})

function idIn(given: unknown): string {
  const parsed = idSchema.safeParse(given)
  if (!parsed.success) throw unknownAnomaly(String(given))
  return parsed.data
}

/** @throws SentinelConfigError */
function actorIn(given: unknown): z.infer<typeof actorSchema> {
  const parsed = actorSchema.safeParse(given)
  if (!parsed.success) throw configErrorAt('actor', parsed.error, { given, keys: Object.keys(actorSchema.shape) })
  return parsed.data
}

const unknownAnomaly = (id: string): SentinelError =>
  new SentinelError(
    'ANOMALY_UNKNOWN',
    `There is no anomaly '${id}'; \`sentinel anomalies list\` shows those there are.`,
  )

const fail = async (): Promise<never> => {
  throw new SentinelAuditUnavailableError(
    'There is no audit log to look through: `auditLog` is false. Leave it out, or give a `store`.',
  )
}
const NO_LOG: Anomalies = Object.freeze({ detect: fail, list: fail, acknowledge: fail, resolve: fail })
