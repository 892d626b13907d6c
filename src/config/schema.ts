import { z } from 'zod'
import { KEY_BYTES_MIN } from '../audit/key.ts'
import type { AuditStore } from '../audit/store.ts'
import type { Logger } from '../observers.ts'
import type { ApprovalChannel, SentinelConfig } from './config.ts'
import { llmKeys } from './llm.ts'
import { isWebhook, webhookIssues } from './webhook.ts'

export const LOG_LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
/** A year: longer than anybody waits, and far from where dates end. */
const APPROVAL_TIMEOUT_MAX_MS = 366 * 86_400_000
const risk = z.number().min(0).max(10)
const per1000 = z.number().gt(0).lt(1_000)
const text = z.string().min(1)
const STORE_METHODS = [
  'open',
  'append',
  'query',
  'tail',
  'verify',
  'prune',
  'reserve',
  'release',
  'approvals',
  'saveBaselines',
  'loadBaselines',
  'activity',
  'loadAnomalies',
  'saveAnomalies',
  'listAnomalies',
  'close',
] as const
const isFunction = (value: unknown): boolean => typeof value === 'function'
const hasMethods = (value: unknown, ...names: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => isFunction(Reflect.get(value, name)))

/** Which methods are missing says more than all that must be there. */
function storeWanted(value: unknown): string {
  const missing = STORE_METHODS.filter((name) => !hasMethods(value, name))
  if (missing.length === STORE_METHODS.length)
    return `expected an AuditStore: an object with the methods ${STORE_METHODS.join(', ')}`
  return `expected an AuditStore; it has no method ${missing.join(', ')}`
}

const isChannel = (value: unknown): boolean =>
  value === 'terminal' || value === 'queue' || isFunction(value) || hasMethods(value, 'request')

const channel = z.custom<ApprovalChannel>().superRefine((value, context) => {
  if (isWebhook(value)) for (const issue of webhookIssues(value)) context.addIssue({ code: 'custom', ...issue })
  else if (!isChannel(value)) context.addIssue({ code: 'custom', message: CHANNEL_WANTED })
})
const CHANNEL_WANTED = "expected 'terminal', 'queue', { webhook }, a function, an Approver, or an array of these"

/** Whether something has bytes enough to be a key. */
export const isKey = (value: unknown): boolean =>
  (typeof value === 'string' || value instanceof Uint8Array) && Buffer.from(value).length >= KEY_BYTES_MIN
/** Says nothing of what was found: it may be half a key. */
export const SHORT_KEY: string = `expected a key of at least ${KEY_BYTES_MIN} bytes, as text or as a Uint8Array`

/** Agents read it with a path after it: what lets someone in has no place there, nor has it in the error that says so. */
function isPageAddress(value: unknown): boolean {
  const url = typeof value === 'string' ? URL.parse(value) : null
  return url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}` === ''
}
const PAGE_WANTED =
  "expected the address of a page without user, password and query, such as 'https://approve.example.com'"

const shape = {
  rulesPath: text.optional(),
  rules: z
    .custom<object>((value) => typeof value === 'object' && value !== null, {
      error: 'expected the rules as an object',
    })
    .optional(),
  watchRules: z.boolean().optional(),
  agentId: text.optional(),
  principalId: text.optional(),
  failMode: z.enum(['secure', 'safe']).optional(),
  auditLog: z.boolean().optional(),
  auditLogPath: text.optional(),
  store: z
    .custom<AuditStore>((value) => hasMethods(value, ...STORE_METHODS), {
      error: ({ input }) => storeWanted(input),
    })
    .optional(),
  auditDurability: z.enum(['full', 'normal']).optional(),
  auditWriter: z.enum(['thread', 'inline']).optional(),
  auditHeadPath: text.optional(),
  onCheckpoint: z
    .custom<NonNullable<SentinelConfig['onCheckpoint']>>(isFunction, { error: 'expected a function' })
    .optional(),
  auditKey: z.custom<string | Uint8Array>(isKey, { error: SHORT_KEY }).optional(),
  redact: z.strictObject({ names: z.array(text).optional(), patterns: z.array(text).optional() }).optional(),
  shadow: z.boolean().optional(),
  anomalyDetection: z.boolean().optional(),
  anomalyStatistical: z.boolean().optional(),
  ...llmKeys,
  anomalyMethod: z.enum(['calibrated', 'zscore']).optional(),
  anomalyBudget: z
    .strictObject({ escalatePer1000: per1000, warnPer1000: per1000 })
    .refine(({ escalatePer1000, warnPer1000 }) => escalatePer1000 < warnPer1000, {
      error: 'expected escalatePer1000 to be less than warnPer1000',
    })
    .optional(),
  anomalyWarnThreshold: risk.optional(),
  anomalyEscalationThreshold: risk.optional(),
  anomalyBlockThreshold: risk.optional(),
  anomalyMinSamples: z.int().min(2).max(10_000).optional(),
  anomalyLookbackDays: z.number().positive().max(36_500).optional(),
  timeZone: z.string().refine(isTimeZone, { error: "expected an IANA time zone such as 'Europe/Berlin'" }).optional(),
  approval: z.union([z.array(channel).min(1), channel], { error: CHANNEL_WANTED }).optional(),
  approvalMode: z.enum(['wait', 'suspend']).optional(),
  approvalTimeoutMs: z.int().positive().max(APPROVAL_TIMEOUT_MAX_MS).optional(),
  denialLimit: z.int().min(1).max(1_000).optional(),
  fourEyes: z.boolean().optional(),
  approvers: z.array(text).min(1).optional(),
  approvalUrl: z.custom<string>(isPageAddress, { error: PAGE_WANTED }).optional(),
  logger: z
    .custom<Logger | false>((value) => value === false || hasMethods(value, 'debug', 'info', 'warn', 'error'), {
      error: 'expected a pino-compatible logger, or false',
    })
    .optional(),
  telemetry: z.boolean().optional(),
  limits: z
    .strictObject({
      depth: z.int().min(1).max(1_000).optional(),
      nodes: z.int().min(1).optional(),
      textChars: z.int().min(1).optional(),
    })
    .optional(),
}

export const configSchema: z.ZodType<SentinelConfig> = z.strictObject(shape)
export const CONFIG_KEYS: readonly string[] = Object.keys(shape)

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
