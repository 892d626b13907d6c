import { pathText } from './audit/redact/path.ts'
import type { Approval } from './domain/approval.ts'
import { isPlainArray, isPlainObject, type Params, type Plain } from './domain/plain.ts'
import { REDACTED, withPlainMarks } from './domain/redacted.ts'
import { decisionNotAllowed } from './errors.ts'
import type { Intake } from './intake.ts'
import { Copier } from './snapshot/copy.ts'
import { DEFAULT_LIMITS } from './snapshot/limits.ts'
import { toJsonText } from './support/json.ts'
import { messageOf } from './support/messages.ts'

/** An approver's arguments in place of a call's own. */
export interface Edit {
  /** The call as it is to run, which was judged again. */
  readonly intake: Intake
  readonly approval: Approval
}

/** The part of an edit that is stored with an approval and in the log. */
export interface StoredEdit {
  readonly params: Params
  readonly redactedPaths: readonly string[]
}

type Redact = (params: Params) => { readonly params: Params; readonly paths: readonly string[] }

/**
 * Arguments that came with a decision, ready to be stored; undefined when they are those of the request. Secrets can not be edited: what
 * is stored has none, and another process may have to run it.
 * @param shown the approval as people see it.
 * @throws SentinelError `APPROVAL_NOT_ALLOWED`
 */
export function storableEdit(shown: Approval, given: unknown, redact: Redact): StoredEdit | undefined {
  if (given === undefined || given === null) return undefined
  const params = copiedParams(given)
  if (toJsonText(params) === toJsonText(shown.params)) return undefined
  const added = redact(params).paths.find((path) => !shown.redactedPaths.includes(path))
  if (added !== undefined)
    throw decisionNotAllowed(
      `\`params\` have a secret at '${added}', which can not be stored; let the agent make the call anew`,
    )
  const parts = partsByPath(params)
  for (const path of shown.redactedPaths)
    if (parts.has(path) && !isPlaceholder(parts.get(path)))
      throw decisionNotAllowed(`'${path}' was redacted; leave '${REDACTED}' there, which stands for what the call has`)
  const moved = changedListOfSecrets(parts, partsByPath(shown.params))
  if (moved !== undefined)
    throw decisionNotAllowed(
      `the list '${moved}' has redacted values, which are told apart by their place in it; leave it as it is, or leave it out`,
    )
  return { params, redactedPaths: shown.redactedPaths }
}

type Parts = ReadonlyMap<string, Plain>

const partsByPath = (params: Params): Parts =>
  new Map([...partsWithin(params)].map(([steps, part]) => [pathText(steps), part]))

/** Where an element was taken out, or two changed places, a redacted value would stand for the secret of another one. */
function changedListOfSecrets(parts: Parts, shown: Parts): string | undefined {
  const changed = [...parts].find(
    ([path, part]) => isPlainArray(part) && hasPlaceholder(part) && !isSame(part, shown.get(path)),
  )
  return changed?.[0]
}

const isSame = (a: Plain, b: Plain | undefined): boolean => b !== undefined && toJsonText(a) === toJsonText(b)

function copiedParams(given: unknown): Params {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw decisionNotAllowed('`params` must be an object of parameters')
  try {
    return new Copier(DEFAULT_LIMITS).copy(given, 'params') as Params
  } catch (error) {
    throw decisionNotAllowed(`\`params\` can not be used: found ${messageOf(error)}`)
  }
}

/**
 * The call with an approver's arguments. What the approver saw redacted and left so is what it was: the approver never had it. A number
 * in place of a bigint is one.
 * @returns why the arguments can not be used, when they can not.
 */
export function editedIntake(intake: Intake, edited: Params): Intake | string {
  const { params: original, redacted } = intake.call
  const merged = merge({ edited, shown: withPlainMarks(redacted), original }) as Params
  const left = [...partsWithin(merged)].find(([, part]) => isPlaceholder(part))
  if (left !== undefined)
    return `'${pathText(left[0])}' holds a redacted value that was moved or changed in part; leave it where it is, or replace it`
  const other = intake.withParams(merged)
  return other === undefined ? 'the arguments of the call can not be copied' : (other.call.flaw?.message ?? other)
}

const isPlaceholder = (part: Plain | undefined): boolean => typeof part === 'string' && part.includes(REDACTED)
const hasPlaceholder = (value: Plain): boolean => [...partsWithin(value)].some(([, part]) => isPlaceholder(part))

interface Versions {
  readonly edited: Plain
  readonly shown: Plain | undefined
  readonly original: Plain | undefined
}

function merge({ edited, shown, original }: Versions): Plain {
  if (isPlainArray(edited))
    return edited.map((value, index) =>
      merge({ edited: value, shown: elementOf(shown, index), original: elementOf(original, index) }),
    )
  if (isPlainObject(edited))
    return Object.fromEntries(
      Object.entries(edited).map(([key, value]) => [
        key,
        merge({ edited: value, shown: fieldOf(shown, key), original: fieldOf(original, key) }),
      ]),
    )
  if (typeof edited === 'string' && edited === shown && original !== undefined) return original
  if (typeof original === 'bigint' && typeof edited === 'number' && Number.isSafeInteger(edited)) return BigInt(edited)
  return edited
}

const elementOf = (list: Plain | undefined, index: number): Plain | undefined =>
  isPlainArray(list) ? list[index] : undefined
const fieldOf = (object: Plain | undefined, key: string): Plain | undefined =>
  isPlainObject(object) && Object.hasOwn(object, key) ? object[key] : undefined

type Steps = readonly (string | number)[]

/** A value and everything in it, with the steps that lead there. */
function* partsWithin(value: Plain, steps: Steps = []): Iterable<readonly [Steps, Plain]> {
  yield [steps, value]
  if (isPlainArray(value))
    for (const [index, element] of value.entries()) yield* partsWithin(element, [...steps, index])
  else if (isPlainObject(value))
    for (const [key, field] of Object.entries(value)) yield* partsWithin(field, [...steps, key])
}
