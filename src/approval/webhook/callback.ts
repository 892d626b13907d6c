import type { Approval } from '../../domain/approval.ts'
import { SentinelError } from '../../errors.ts'
import type { Clock } from '../../support/clock.ts'
import type { Approvals } from '../approvals.ts'
import { RESPONSE_BYTES_MAX } from './exchange.ts'
import { readAnswer, type WebhookAnswer } from './message.ts'
import { type MessageHeaders, verify, type WebhookSecret } from './signature.ts'

/** A decision as it came in by HTTP. */
export interface CallbackMessage {
  /** Of the HTTP request, as `fetch` or `node:http` has them. */
  readonly headers: MessageHeaders
  /** Its body before anything parsed it, at most 2 MiB: the signature is over its bytes. */
  readonly body: string | Uint8Array
}

/** A decision whose signature was verified. */
export interface Callback extends WebhookAnswer {
  /** To be accepted once. */
  readonly messageId: string
}

/** The requests of a guard, and a way in for decisions that were sent to it. */
export interface GuardApprovals extends Approvals {
  /**
   * Takes a decision that a webhook's receiver sent, and approves or denies by it.
   * @throws SentinelError `CALLBACK_REFUSED` when it is not signed with a secret of a configured webhook, is older or newer than five
   * minutes, or is malformed; `APPROVAL_NOT_ALLOWED` when it is about other arguments; otherwise as `approve` does.
   */
  callback(message: CallbackMessage): Promise<Approval>
}

interface CallbackPorts {
  /** Of every configured webhook; none: no callback is taken. */
  readonly secrets: readonly WebhookSecret[]
  readonly clock: Clock
}

function readCallback(message: CallbackMessage, { secrets, clock }: CallbackPorts): Callback {
  const { headers, body: given } = (message ?? {}) as Partial<CallbackMessage>
  if (secrets.length === 0) throw refused('no webhook is configured, so nobody can send a decision')
  if (typeof headers !== 'object' || headers === null) throw refused('`headers` must be those of the HTTP request')
  if (typeof given !== 'string' && !(given instanceof Uint8Array))
    throw refused('`body` must be text or bytes; hand it over before anything parses it')
  // What is read is what was signed: two texts can be the same in bytes.
  const body = Buffer.from(given)
  if (body.length > RESPONSE_BYTES_MAX) throw refused(`its body is longer than ${RESPONSE_BYTES_MAX} bytes`)
  const verified = verify({ headers, body }, { secrets, now: clock.now() })
  if ('problem' in verified) throw refused(verified.problem)
  const answer = readAnswer(body)
  if (typeof answer === 'string') throw refused(answer)
  return { ...answer, messageId: verified.id }
}

/** Adds the way in for callbacks to the requests of a guard. */
export const withCallback = (approvals: Approvals, ports: CallbackPorts): GuardApprovals => ({
  list: (filter) => approvals.list(filter),
  get: (id) => approvals.get(id),
  approve: (id, decision) => approvals.approve(id, decision),
  deny: (id, decision) => approvals.deny(id, decision),
  callback: async (message) => take(readCallback(message, ports), approvals),
})

async function take(callback: Callback, approvals: Approvals): Promise<Approval> {
  const { approvalId, digest, outcome, by, note, params, messageId } = callback
  const approval = await approvals.get(approvalId)
  if (approval !== undefined && approval.digest !== digest)
    throw new SentinelError('APPROVAL_NOT_ALLOWED', 'The decision was not taken: it is about other arguments.')
  const decision = { by, note, messageId }
  return outcome === 'denied'
    ? approvals.deny(approvalId, decision)
    : approvals.approve(approvalId, { ...decision, params })
}

const refused = (because: string): SentinelError =>
  new SentinelError('CALLBACK_REFUSED', `The callback was refused: ${because}.`)
