import type { Brand } from '../support/brand.ts'

/** Milliseconds since 1970-01-01 UTC. */
export type EpochMs = Brand<number, 'EpochMs'>
/** Names one call from its decision to its outcome. A UUIDv7 unless the caller gave one. */
export type CallId = Brand<string, 'CallId'>
/** Names one audit event; a UUIDv7, so ids sort by time. */
export type AuditId = Brand<string, 'AuditId'>
/** Names one approval request; a UUIDv7. */
export type ApprovalId = Brand<string, 'ApprovalId'>
/** SHA-256 in lower-case hex. */
export type Digest = Brand<string, 'Digest'>

/** Risk of a call, 0 (usual) to 10 (block). Always finite. */
export type RiskScore = Brand<number, 'RiskScore'>

const RISK_MAX = 10

/**
 * A number as a risk.
 * @throws RangeError when it is not a number from 0 to 10: a scorer that says so is at fault, and a fault is never "no risk".
 */
export function riskScore(value: number): RiskScore {
  if (!(value >= 0 && value <= RISK_MAX))
    throw new RangeError(`risk must be a number from 0 to ${RISK_MAX}, found ${value}`)
  return value as RiskScore
}

export const NO_RISK: RiskScore = riskScore(0)
