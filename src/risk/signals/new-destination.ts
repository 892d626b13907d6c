import type { ToolTraits } from '../../domain/call.ts'
import { NOT_CALIBRATED, type Signal } from '../../domain/risk.ts'
import { type RiskScore, riskScore } from '../../domain/units.ts'
import type { KnownDestinations } from '../baseline/known-destinations.ts'
import type { ParameterTable } from '../baseline/parameters.ts'
import { type Destination, destinationsOf, wholeOf } from '../destinations/destination.ts'
import type { Leaf, Scalar } from '../features.ts'
import { shown } from '../format.ts'
import { covers } from '../scope.ts'

/** Below this many distinct destinations nobody can say that a new one is unusual. */
const KNOWN_MIN = 3
const NEW_RISK: RiskScore = riskScore(4)
/** A new value of a parameter that the tool declares with `whenNew: 'escalate'`. */
const NEW_ESCALATED_RISK: RiskScore = riskScore(7)

interface Declared {
  readonly params: readonly string[]
  readonly whenNew: ToolTraits['destinations']['whenNew']
}

/** At most one signal for each parameter that goes somewhere it never went before. */
export function newDestinations(
  leaves: readonly Leaf[],
  parameters: ParameterTable,
  declared: Declared,
): readonly Signal[] {
  const byParam = new Map<string, Signal>()
  for (const { path, value } of leaves) {
    const known = byParam.has(path) ? undefined : parameters.get(path)?.destinations
    if (known === undefined) continue
    const isDeclared = covers(declared.params, path)
    const found = isDeclared ? newIfDeclared(value, known) : newByShape(value, known)
    if (found === undefined) continue
    const risk = isDeclared && declared.whenNew === 'escalate' ? NEW_ESCALATED_RISK : NEW_RISK
    byParam.set(path, {
      kind: 'new_destination',
      param: path,
      risk,
      z: undefined,
      message: messageOf(path, found),
      ...NOT_CALIBRATED,
    })
  }
  return [...byParam.values()]
}

interface Found {
  readonly destination: Destination
  /** Distinct destinations that the parameter had before. */
  readonly known: number
}

function newIfDeclared(value: Scalar, known: KnownDestinations): Found | undefined {
  const count = known.shaped + known.texts
  if (count < KNOWN_MIN) return undefined
  const shaped = typeof value === 'string' ? destinationsOf(value) : []
  const candidates = shaped.length > 0 ? shaped : [wholeOf(value)]
  return firstNew(candidates, known, count)
}

function newByShape(value: Scalar, known: KnownDestinations): Found | undefined {
  if (typeof value !== 'string' || known.shaped < KNOWN_MIN) return undefined
  const shaped = destinationsOf(value)
  if (shaped.length > 0) return firstNew(shaped, known, known.shaped)
  // A parameter that always was a destination does not stop being one because this value is written in an unknown way.
  return known.hasOnlyShaped ? firstNew([wholeOf(value)], known, known.shaped) : undefined
}

function firstNew(
  candidates: readonly (Destination | undefined)[],
  known: KnownDestinations,
  count: number,
): Found | undefined {
  for (const destination of candidates)
    if (destination !== undefined && !known.has(destination)) return { destination, known: count }
  return undefined
}

const messageOf = (path: string, { destination, known }: Found): string =>
  `Parameter '${shown(path)}' goes to a${destination.kind === 'account' ? 'n' : ''} ${destination.kind} never seen before (${shown(destination.name)}); ${known} are known`
