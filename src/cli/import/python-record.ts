import { z } from 'zod'
import { timeText } from '../../audit/moment.ts'
import type { AuditEntry, AuditEventName } from '../../domain/audit-event.ts'
import { isPlainObject, type Params, type Plain } from '../../domain/plain.ts'
import { type RiskScore, riskScore } from '../../domain/units.ts'
import { fromJsonText } from '../../support/json.ts'

/** What an event of the Python project's log is here, and what it teaches. */
interface Meaning {
  readonly event: AuditEventName
  readonly lesson: AuditEntry['lesson']
}

/** What the Python project refused, or would have, was learned there; here it is not. */
const MEANINGS = {
  allow: { event: 'allow', lesson: 'ran' },
  block: { event: 'block', lesson: 'refused' },
  approval_requested: { event: 'approval_requested', lesson: undefined },
  approval_granted: { event: 'approval_granted', lesson: 'approved' },
  approval_denied: { event: 'approval_denied', lesson: 'refused' },
  approval_timeout: { event: 'approval_timeout', lesson: 'refused' },
  approval_error: { event: 'approval_unavailable', lesson: 'refused' },
  anomaly_detected: { event: 'anomaly_detected', lesson: undefined },
} as const satisfies Readonly<Record<string, Meaning>>

const EVENT_TYPES = Object.keys(MEANINGS) as (keyof typeof MEANINGS)[]
const NAME_CHARS_MAX = 1_000
const TIME_SHOWN_CHARS = 40

const text = z.string().max(NAME_CHARS_MAX).nullish()
const object = z.custom<Params>((value) => isPlainObject(value as Plain), { error: 'expected an object' }).nullish()

const schema = z.object({
  timestamp: z.string().transform((value, context) => {
    const time = timeText(value)
    if (time === undefined)
      context.addIssue(`expected ISO 8601 such as 2026-01-31T09:30:00Z, found '${value.slice(0, TIME_SHOWN_CHARS)}'`)
    return time ?? z.NEVER
  }),
  event_type: z.enum(EVENT_TYPES),
  function_name: z.string().min(1).max(NAME_CHARS_MAX),
  parameters: object,
  result: text,
  agent_id: text,
  rule_id: text,
  context: object,
  approved_by: text,
  reason: z.string().nullish(),
  action_id: text,
  metadata: object,
})

/** One line of the Python project's log. */
export interface PythonRecord extends Meaning {
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string
  readonly tool: string
  readonly params: Params
  readonly agentId: string | undefined
  readonly ruleId: string | undefined
  readonly approvedBy: string | undefined
  readonly reason: string | undefined
  /** Joins what was said of one approval. */
  readonly actionId: string | undefined
  /** Of the anomaly that was detected. */
  readonly risk: RiskScore | undefined
  /** What has no column here. */
  readonly rest: Params
}

const NO_PARAMS: Params = Object.freeze({})

/** @throws Error saying what is wrong with the line. */
export function parseRecord(line: string): PythonRecord {
  const parsed = schema.safeParse(json(line), { reportInput: true })
  if (!parsed.success) throw new Error(parsed.error.issues.map(sentence).join('; '))
  const { timestamp, event_type, function_name, parameters, agent_id, rule_id, ...others } = parsed.data
  const { approved_by, reason, action_id, result, context, metadata } = others
  const meaning: Meaning = MEANINGS[event_type]
  return {
    ...meaning,
    time: timestamp,
    tool: function_name,
    params: parameters ?? NO_PARAMS,
    agentId: agent_id ?? undefined,
    ruleId: rule_id ?? undefined,
    approvedBy: approved_by ?? undefined,
    reason: reason ?? undefined,
    actionId: event_type.startsWith('approval_') ? (action_id ?? undefined) : undefined,
    risk: meaning.event === 'anomaly_detected' ? riskOf(metadata?.risk_score) : undefined,
    rest: {
      ...(result ? { result } : {}),
      ...(action_id ? { actionId: action_id } : {}),
      ...(context ? { context } : {}),
      ...(metadata ? { metadata } : {}),
    },
  }
}

function json(line: string): Plain {
  try {
    return fromJsonText(line)
  } catch {
    // What the parser says quotes the line, which nobody has redacted.
    throw new Error('not JSON')
  }
}

function sentence({ path, message, input }: z.core.$ZodIssue): string {
  const place = path.join('.')
  if (place === '') return 'expected an object'
  return input === undefined ? `${place} is missing` : `${place}: ${message}`
}

function riskOf(score: Plain | undefined): RiskScore | undefined {
  try {
    return typeof score === 'number' ? riskScore(score) : undefined
  } catch {
    return undefined
  }
}
