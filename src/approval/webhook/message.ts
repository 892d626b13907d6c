/** What goes over the wire: the question, and the answer to it. */

import { z } from 'zod'
import type { ApprovalRequest } from '../../domain/approval.ts'
import { isPlainObject, type Params, type Plain } from '../../domain/plain.ts'
import type { EpochMs } from '../../domain/units.ts'
import { fromJsonText, toJsonText } from '../../support/json.ts'
import { printable } from '../../support/printable.ts'

const PROBLEMS_CHARS_MAX = 300

/** A decoder that never guesses: bytes that are no UTF-8 are no message. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** One request as JSON text. What it holds is redacted already. */
export function requestBody(request: ApprovalRequest): string {
  const { id: approvalId, callId, digest, tool, params, redactedPaths, notJudged, context } = request
  const { agentId, principalId, sessionId, approvers, reasons, ruleIds, rulesDigest, risk, level, signals } = request
  const [requestedAt, deadline] = [timeText(request.requestedAt), timeText(request.deadline)]
  return toJsonText({
    type: 'approval.requested',
    timestamp: requestedAt,
    data: {
      ...{ approvalId, digest, callId, tool, params, redactedPaths, notJudged, context },
      ...{ agentId, principalId, sessionId, approvers, requestedAt, deadline },
      ...{ reasons, ruleIds, rulesDigest, risk, level, signals },
    },
  })
}

const timeText = (at: EpochMs): string => new Date(at).toISOString()

/** What somebody decided, as it was signed. */
export interface WebhookAnswer {
  readonly approvalId: string
  /** Of the arguments that were decided on. */
  readonly digest: string
  readonly outcome: 'approved' | 'denied'
  readonly by: string
  readonly note: string | undefined
  /** The arguments to run instead; undefined: those that were asked about. */
  readonly params: Params | undefined
}

const text = (charsMax: number) => z.string().min(1).max(charsMax)
const params = z.custom<Params>((value) => isPlainObject(value as Plain), { error: 'expected an object of parameters' })
const about = { approvalId: text(256), digest: text(256), by: text(1_000), note: z.string().max(10_000).optional() }

/** Strict: a misspelt `params` that was passed over would run what nobody approved. */
const answerSchema = z.strictObject({
  type: z.literal('approval.decided'),
  timestamp: text(64).optional(),
  data: z.discriminatedUnion('outcome', [
    z.strictObject({ ...about, outcome: z.literal('approved'), params: params.optional() }),
    z.strictObject({ ...about, outcome: z.literal('denied') }),
  ]),
})

/** Reads a body whose signature was verified. Returns what is wrong with it, as printable text, when it is no answer. */
export function readAnswer(body: string | Uint8Array): WebhookAnswer | string {
  const json = jsonOf(body)
  if (json === undefined) return 'its body is not JSON in UTF-8'
  const parsed = answerSchema.safeParse(json)
  if (!parsed.success) return `its body is no decision: ${problemsOf(parsed.error)}`
  const { data } = parsed.data
  return { ...data, note: data.note, params: data.outcome === 'approved' ? data.params : undefined }
}

function jsonOf(body: string | Uint8Array): Plain | undefined {
  try {
    return fromJsonText(typeof body === 'string' ? body : utf8.decode(body))
  } catch {
    return undefined
  }
}

function problemsOf({ issues }: z.ZodError): string {
  const all = issues.map(({ path, message }) => `${path.join('.') || '(top level)'}: ${message}`).join('; ')
  return printable(all.slice(0, PROBLEMS_CHARS_MAX))
}
