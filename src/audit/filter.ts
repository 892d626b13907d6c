import { AUDIT_EVENT_NAMES, type AuditEvent, type AuditEventName } from '../domain/audit-event.ts'
import { type Issue, SentinelConfigError } from '../errors.ts'
import { timeText } from './moment.ts'
import type { AuditQuery } from './store.ts'

/** A checked `AuditQuery`, every choice made. Plain data, so that it can cross to another thread. */
export interface EventFilter {
  readonly tool: string | undefined
  readonly agentId: string | undefined
  readonly callId: string | undefined
  readonly id: string | undefined
  readonly events: readonly AuditEventName[] | undefined
  /** As in `AuditEntry.time`, so that text order is time order. */
  readonly since: string | undefined
  readonly until: string | undefined
  readonly minRisk: number | undefined
  readonly before: number | undefined
  readonly after: number | undefined
  readonly order: 'newest-first' | 'oldest-first'
  readonly limit: number
}

const QUERY_EVENTS_MAX = 10_000
const QUERY_EVENTS_DEFAULT = 100
const RISK_MAX = 10

/** Undefined, or what was wanted instead. */
type Check = (value: unknown) => string | undefined

const isText: Check = (value) => (typeof value === 'string' ? undefined : 'expected text')
const isSequenceNumber: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : 'expected a sequence number, a whole number from 0'
const isTime: Check = (value) =>
  timeText(value) === undefined
    ? 'expected a Date, milliseconds since 1970, or ISO 8601 text such as 2026-01-31T09:30:00Z'
    : undefined

const CHECKS: { readonly [Key in keyof Required<AuditQuery>]: Check } = {
  tool: isText,
  agentId: isText,
  callId: isText,
  id: isText,
  event: (value) =>
    eventNames(value) === undefined ? `expected one or more of ${AUDIT_EVENT_NAMES.join(', ')}` : undefined,
  since: isTime,
  until: isTime,
  minRisk: (value) =>
    typeof value === 'number' && value >= 0 && value <= RISK_MAX
      ? undefined
      : `expected a number from 0 to ${RISK_MAX}`,
  limit: (value) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= QUERY_EVENTS_MAX
      ? undefined
      : `expected a whole number from 1 to ${QUERY_EVENTS_MAX}; read more in pages with \`before\` or \`after\``,
  before: isSequenceNumber,
  after: isSequenceNumber,
  order: (value) =>
    value === 'newest-first' || value === 'oldest-first' ? undefined : "expected 'newest-first' or 'oldest-first'",
}

/**
 * Checks a query and fills in what was left out.
 * @throws SentinelConfigError listing every bad value: a filter that is not understood must not read as "no filter".
 */
export function eventFilter(query: AuditQuery = {}): EventFilter {
  const issues = [...problems(query)]
  if (issues.length > 0) throw new SentinelConfigError(issues)
  return {
    tool: query.tool,
    agentId: query.agentId,
    callId: query.callId,
    id: query.id,
    events: query.event === undefined ? undefined : eventNames(query.event),
    since: query.since === undefined ? undefined : timeText(query.since),
    until: query.until === undefined ? undefined : timeText(query.until),
    minRisk: query.minRisk,
    before: query.before,
    after: query.after,
    order: query.order ?? 'newest-first',
    limit: query.limit ?? QUERY_EVENTS_DEFAULT,
  }
}

function* problems(query: unknown): Iterable<Issue> {
  if (typeof query !== 'object' || query === null)
    return yield { path: 'query', code: 'wrong_type', message: `expected an object, found ${shown(query)}` }
  for (const [key, value] of Object.entries(query)) {
    const path = `query.${key}`
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key as keyof AuditQuery] : undefined
    if (check === undefined) {
      const message = `there is no such filter; the filters are ${Object.keys(CHECKS).join(', ')}`
      yield { path, code: 'unknown_key', message }
      continue
    }
    const wanted = value === undefined ? undefined : check(value)
    if (wanted !== undefined) yield { path, code: 'wrong_value', message: `${wanted}; found ${shown(value)}` }
  }
}

const isEventName = (value: unknown): value is AuditEventName =>
  (AUDIT_EVENT_NAMES as readonly unknown[]).includes(value)

function eventNames(value: unknown): readonly AuditEventName[] | undefined {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value]
  return names.length > 0 && names.every(isEventName) ? names : undefined
}

const SHOWN_CHARACTERS_MAX = 60

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_CHARACTERS_MAX))
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** Whether an event meets every condition but the limit; for stores that keep events in memory. */
export const matches = (event: AuditEvent, filter: EventFilter): boolean =>
  (filter.tool === undefined || event.tool === filter.tool) &&
  (filter.agentId === undefined || event.agentId === filter.agentId) &&
  (filter.callId === undefined || event.callId === filter.callId) &&
  (filter.id === undefined || event.id === filter.id) &&
  (filter.events === undefined || filter.events.includes(event.event)) &&
  (filter.since === undefined || event.time >= filter.since) &&
  (filter.until === undefined || event.time < filter.until) &&
  (filter.minRisk === undefined || (event.risk !== undefined && event.risk >= filter.minRisk)) &&
  (filter.before === undefined || event.seq < filter.before) &&
  (filter.after === undefined || event.seq > filter.after)

/** What is left of a query when some events were found; undefined when nothing is. */
export function pageAfter(filter: EventFilter, found: readonly AuditEvent[]): EventFilter | undefined {
  const [limit, seq] = [filter.limit - found.length, found.at(-1)?.seq]
  if (limit <= 0 || seq === undefined) return undefined
  return filter.order === 'newest-first' ? { ...filter, limit, before: seq } : { ...filter, limit, after: seq }
}
