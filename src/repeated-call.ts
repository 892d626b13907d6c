import type { ToolCall } from './domain/call.ts'
import type { AuditId } from './domain/units.ts'
import { SentinelError } from './errors.ts'

/** What makes two calls of one id the same call. */
interface Identity {
  readonly digest: string | undefined
  readonly agentId: string | undefined
  readonly principalId: string | undefined
  readonly sessionId: string | undefined
}

/** The same tool and arguments, and the same caller: an approval of one agent's call is none for another's. */
export const isSameCall = (a: Identity, b: Identity): boolean =>
  a.digest === b.digest && a.agentId === b.agentId && a.principalId === b.principalId && a.sessionId === b.sessionId

/** @param auditId the event that records the other call, when it is known. */
export const callIdReused = ({ id }: ToolCall, auditId?: AuditId): SentinelError =>
  new SentinelError('CALL_ID_REUSED', `The call id '${id}' belongs to another call; give each call an id of its own`, {
    auditId,
    forModel: { message: 'This call id is already in use.' },
  })

/** @param auditId the event that records the decision, when it is known. */
export const callAlreadyRan = ({ id, tool }: ToolCall, auditId?: AuditId): SentinelError =>
  new SentinelError(
    'CALL_ALREADY_RAN',
    `The call '${id}' of '${tool}' was decided before; a call runs at most once. Make a new call with a new id.`,
    { auditId, forModel: { message: 'This call was already decided.' } },
  )
