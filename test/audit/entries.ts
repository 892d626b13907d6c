import fc from 'fast-check'
import { AUDIT_EVENT_NAMES, type AuditEntry, type AuditEventName, BLANK_ENTRY } from '../../src/domain/audit-event.ts'
import type { NonEmpty, Reason } from '../../src/domain/decision.ts'
import type { Params, Plain } from '../../src/domain/plain.ts'
import { LEVELS, type Signal } from '../../src/domain/risk.ts'
import type { AuditId, CallId, Digest } from '../../src/domain/units.ts'
import { riskScore } from '../../src/domain/units.ts'

let made = 0

/** An allowed payment, unless told otherwise. */
export const entry = (about: Partial<AuditEntry> = {}): AuditEntry => ({
  ...BLANK_ENTRY,
  time: '2026-01-05T09:00:00.000Z',
  event: 'allow',
  id: `event-${++made}` as AuditId,
  tool: 'pay',
  agentId: 'shopper',
  params: { amount: 50 },
  risk: riskScore(0),
  level: 'LOW',
  ...about,
})

export const entries = (count: number, about: Partial<AuditEntry> = {}): NonEmpty<AuditEntry> => [
  entry(about),
  ...Array.from({ length: count - 1 }, () => entry(about)),
]

export const callId = (text: string): CallId => text as CallId

/** Any UTF-16 code units, half pairs and NUL among them, and what could be taken for an escape of them. */
export const anyText = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc
      .array(
        fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
        { maxLength: 20 },
      )
      .map((units) => units.join('')),
    fc
      .array(fc.constantFrom('\\', '\\u', 'u', '0', '00', 'd83d', '\0', '\ud83d', '\udc00', '\n'), { maxLength: 12 })
      .map((parts) => parts.join('')),
    fc.constantFrom('__proto__', 'constructor', 'toJSON', 'rawJSON', ''),
  )

/** Whole numbers that no number prints, so that they can only come back as what they were. */
const anyHugeInteger = (): fc.Arbitrary<bigint> =>
  fc
    .bigInt({ min: -(2n ** 200n), max: 2n ** 200n })
    .filter((value) => BigInt.asIntN(64, value) !== value && String(Number(value)) !== String(value))

/** Negative zero is stored as zero. */
const anyNumber = (): fc.Arbitrary<number> =>
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value))

export const anyPlain = (): fc.Arbitrary<Plain> =>
  fc.letrec<{ plain: Plain; params: Params }>((tie) => ({
    plain: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(null, true, false),
      anyNumber(),
      fc.integer(),
      anyHugeInteger(),
      anyText(),
      fc.array(tie('plain'), { maxLength: 4 }),
      tie('params'),
    ),
    params: fc
      .array(fc.tuple(anyText(), tie('plain')), { maxLength: 4 })
      .map((pairs) => Object.assign(Object.create(null), Object.fromEntries(pairs)) as Params),
  })).plain

export const anyParams = (): fc.Arbitrary<Params> =>
  fc
    .array(fc.tuple(anyText(), anyPlain()), { maxLength: 5 })
    .map((pairs) => pairs.reduce<Params>((params, [key, value]) => withKey(params, key, value), Object.create(null)))

/** `__proto__` as a key of its own. */
function withKey(params: Params, key: string, value: Plain): Params {
  Object.defineProperty(params, key, { value, enumerable: true, configurable: true, writable: true })
  return params
}

const optional = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined })

const anyRisk = () => fc.double({ min: 0, max: 10, noNaN: true }).map((value) => riskScore(value === 0 ? 0 : value))

const anySignal = (): fc.Arbitrary<Signal> =>
  fc.record({
    kind: fc.constantFrom('value_outlier' as const, 'rate_spike' as const, 'new_destination' as const),
    param: optional(anyText()),
    risk: anyRisk(),
    z: optional(anyNumber()),
    message: anyText(),
    usual: optional(anyText()),
    oneIn: optional(anyNumber()),
  })

const anyReason = (): fc.Arbitrary<Reason> =>
  fc.oneof(
    fc.record({
      source: fc.constant('rule' as const),
      ruleId: anyText(),
      action: fc.constantFrom('warn' as const, 'block' as const),
      params: fc.array(anyText(), { maxLength: 2 }),
      message: anyText(),
      forModel: optional(anyText()),
    }),
    fc.record({ source: fc.constant('default' as const), message: anyText() }),
    fc.record({ source: fc.constant('fault' as const), stage: fc.constant('rules' as const), message: anyText() }),
  )

const anyTime = (): fc.Arbitrary<string> =>
  fc
    .integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-01-03') })
    .map((time) => new Date(time).toISOString())

const anyDigest = (): fc.Arbitrary<Digest> =>
  fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'),
    minLength: 64,
    maxLength: 64,
  }) as unknown as fc.Arbitrary<Digest>

export const anyEventName = (): fc.Arbitrary<AuditEventName> => fc.constantFrom(...AUDIT_EVENT_NAMES)

export const anyEntry = (): fc.Arbitrary<AuditEntry> =>
  fc.record({
    id: fc.uuid({ version: 7 }) as unknown as fc.Arbitrary<AuditId>,
    time: anyTime(),
    event: anyEventName(),
    callId: optional(fc.constantFrom('call-1', 'call-2', 'call\0', 'call\ud800', 'call\ud801')) as fc.Arbitrary<
      CallId | undefined
    >,
    tool: optional(fc.oneof(fc.constantFrom('pay', 'mail'), anyText())),
    params: optional(anyParams()),
    redactedPaths: fc.array(anyText(), { maxLength: 3 }),
    digest: optional(anyDigest()),
    agentId: optional(fc.constantFrom('shopper', 'clerk')),
    principalId: optional(anyText()),
    sessionId: optional(anyText()),
    ruleIds: fc.array(anyText(), { maxLength: 3 }),
    rulesDigest: optional(anyDigest()),
    risk: optional(anyRisk()),
    level: optional(fc.constantFrom(...LEVELS)),
    signals: fc.array(anySignal(), { maxLength: 2 }),
    reasons: fc.array(anyReason(), { maxLength: 2 }),
    lesson: optional(fc.constantFrom('ran' as const, 'warned' as const, 'approved' as const, 'refused' as const)),
    approvedBy: optional(anyText()),
    note: optional(anyText()),
    details: optional(anyParams()),
    durationMs: optional(fc.double({ min: 0, max: 1e9, noNaN: true }).map((ms) => (ms === 0 ? 0 : ms))),
    errorClass: optional(anyText()),
    degraded: fc.boolean(),
    enforced: fc.boolean(),
  })
