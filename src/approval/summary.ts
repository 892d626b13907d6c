import type { ApprovalRequest } from '../domain/approval.ts'
import { signalSentence } from '../domain/risk.ts'
import { printable } from '../support/printable.ts'
import { type Leaf, leaves } from './leaves.ts'

/** What a person must see of a request, whatever it is shown on. */

/** Every value of the call, in order; none for a call without parameters. */
export const valuesOf = ({ params }: ApprovalRequest): readonly Leaf[] =>
  Object.keys(params).length === 0 ? [] : leaves(params)

/** What brought the question about: what signals are about, strongest first, what rules looked at, and what a reason names. */
export function decidingLeaves(request: ApprovalRequest, values: readonly Leaf[]): readonly Leaf[] {
  const signalled = request.signals.flatMap((signal) => (signal.risk > 0 && signal.param ? [signal.param] : []))
  const judged = request.reasons.flatMap((reason) => (reason.source === 'rule' ? reason.params : []))
  const named = new Set(request.reasons.flatMap((reason) => reason.message.match(/[\p{L}\p{N}_$-]+/gu) ?? []))
  return [
    ...new Set([
      ...[...signalled, ...judged].flatMap((param) => values.filter((leaf) => isAbout(param, leaf))),
      ...values.filter((leaf) => leaf.keys.some((key) => named.has(key))),
    ]),
  ]
}

/** Whether a path of a signal or a rule names this value or something that holds it. */
export function isAbout(param: string, leaf: Leaf): boolean {
  const path = leaf.keys.join('.')
  const about = param.replaceAll(/\[\d*\]/g, '')
  return path === about || path.startsWith(`${about}.`)
}

/** An anomaly is told with what is usual instead: that is what the answer turns on. */
export const reasonTexts = ({ reasons, signals }: ApprovalRequest): readonly string[] => [
  ...reasons.filter(({ source }) => source !== 'anomaly').map(({ source, message }) => `${source}: ${message}`),
  ...signals.filter(({ risk }) => risk > 0).map((signal) => `anomaly: ${signalSentence(signal)}`),
]

/** `agent a, session b, principal c`; safe to print. */
export function askedBy({ agentId, sessionId, principalId }: ApprovalRequest): string {
  const session = sessionId === undefined ? '' : `, session ${printable(sessionId)}`
  const principal = principalId === undefined ? '' : `, principal ${printable(principalId)}`
  return `agent ${printable(agentId)}${session}${principal}`
}

/** `order.price = 5`; safe to print. */
export const shown = ({ path, text }: Leaf): string => (path === '' ? text : `${path} = ${text}`)
