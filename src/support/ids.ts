import { v7 as uuidV7 } from 'uuid'
import type { ApprovalId, AuditId, CallId } from '../domain/units.ts'

/** Where ids come from; replaced in tests and in replay. Each is a new UUIDv7, so ids sort by the time they were made. */
export interface Ids {
  callId(): CallId
  auditId(): AuditId
  approvalId(): ApprovalId
}

export const randomIds: Ids = {
  callId: () => uuidV7() as CallId,
  auditId: () => uuidV7() as AuditId,
  approvalId: () => uuidV7() as ApprovalId,
}
