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
  const words = new Set(wordsOf(request))
  return [
    ...new Set([
      ...pathsOf(request).flatMap((path) => values.filter((leaf) => isAbout(path, leaf))),
      ...values.filter((leaf) => leaf.keys.some((key) => words.has(key))),
    ]),
  ]
}

/** All that may name a parameter that decided: paths, and words. */
export const namesOf = (request: ApprovalRequest): readonly string[] => [...pathsOf(request), ...wordsOf(request)]

function pathsOf({ signals, reasons }: ApprovalRequest): readonly string[] {
  const signalled = signals.flatMap((signal) => (signal.risk > 0 && signal.param ? [signal.param] : []))
  return [...signalled, ...reasons.flatMap((reason) => (reason.source === 'rule' ? reason.params : []))]
}

const wordsOf = ({ reasons }: ApprovalRequest): readonly string[] =>
  reasons.flatMap(({ message }) => message.match(/[\p{L}\p{N}_$-]+/gu) ?? [])

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
