import type { ArgumentShape } from '../domain/call.ts'
import { emptyObject, type Params, type Plain } from '../domain/plain.ts'
import type { Digest } from '../domain/units.ts'
import { SentinelArgumentError } from '../errors.ts'
import { messageOf } from '../support/messages.ts'
import { Copier, type Path, Uncopyable } from './copy.ts'
import { digestOf } from './digest.ts'
import type { SnapshotLimits } from './limits.ts'
import { marksByPath, thaw } from './thaw.ts'

/** How the arguments of a function become named parameters. */
export interface ArgumentNaming {
  /**
   * Names for the arguments from the first on, or `'first'`: only the first argument is judged, the others are handed through.
   * A first argument that is an object spreads its keys; it has no name when there is one name fewer than arguments.
   * Without names they are `arg1`, `arg2` …
   */
  readonly params?: readonly string[] | 'first' | undefined
  /** Names of parameters that go by reference, unjudged. */
  readonly passthrough?: readonly string[] | undefined
}

/** One call's arguments as they were at one moment. */
export interface Snapshot {
  /** What is judged; deeply frozen. */
  readonly params: Params
  readonly digest: Digest
  readonly notJudged: readonly string[]
  readonly shape: ArgumentShape
  /** Fresh arguments for the tool, made from `params` each time; only unjudged ones are the caller's own objects. */
  freshArguments(): unknown[]
  /** A fresh copy of what is judged. */
  freshParams(): Readonly<Record<string, unknown>>
  /** As `freshArguments`, from other parameters: what is in none of the arguments is left out. */
  argumentsWith(params: Params): unknown[]
}

interface SnapshotSource extends ArgumentNaming {
  readonly tool: string
  readonly args: readonly unknown[]
  readonly limits: SnapshotLimits
}

/** How one argument is rebuilt for the tool. */
type Slot =
  | { readonly kind: 'by-reference'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'named'; readonly name: string }
  | {
      readonly kind: 'spread'
      readonly name: string | undefined
      readonly own: Params
      readonly passed: ReadonlyMap<string, unknown>
    }

/**
 * Copies the arguments of one call.
 * @throws SentinelArgumentError naming the place, what was found there and what would let it through.
 */
export function snapshotArguments(source: SnapshotSource): Snapshot {
  try {
    return takeSnapshot(source)
  } catch (error) {
    throw refusalOf(error, source.tool)
  }
}

function takeSnapshot({ tool, args, limits, params: names, passthrough = [] }: SnapshotSource): Snapshot {
  const copier = new Copier(limits)
  let judged = emptyObject()
  const notJudged: string[] = []
  // Looked at once: a proxy may answer differently the second time.
  const firstSpreads = isSpreadable(args[0])
  const nameAt = namesFor({ count: args.length, firstSpreads, names })

  const slots = args.map((value, index): Slot => {
    const name = nameAt(index)
    if (names === 'first' && index > 0) return byReference(name ?? `arg${index}`, value)
    if (name !== undefined && passthrough.includes(name)) return byReference(name, value)
    if (index === 0 && firstSpreads) return spread(value as object, name)
    if (name === undefined) throw new Uncopyable([], 'an argument without a name')
    if (value !== undefined) judge(name, copier.copy(value, name))
    return { kind: 'named', name }
  })

  const params = Object.freeze(judged)
  const marks = marksByPath(copier.marks)
  return {
    params,
    digest: digestOf({ tool, params, marks: copier.marks, beyondJson: copier.beyondJson }),
    notJudged,
    shape: slots.map(({ name }) => name ?? null),
    freshArguments: () => slots.map((slot) => argumentOf(slot, params)),
    freshParams: () => thaw(params, marks, []) as Record<string, unknown>,
    argumentsWith: (others) => slots.map((slot) => argumentOf(slot, others)),
  }

  function byReference(name: string, value: unknown): Slot {
    notJudged.push(name)
    return { kind: 'by-reference', name, value }
  }

  function spread(value: object, name: string | undefined): Slot {
    const passed = passedOf(value, passthrough)
    if (passed.size > 0) notJudged.push(...passed.keys())
    const own = copier.copyProperties(value, passed)
    Object.freeze(own)
    if (args.length === 1 && names === undefined) judged = own
    else for (const key of Object.keys(own)) judge(key, own[key] ?? null)
    if (name !== undefined) judgeByName(name, own)
    return { kind: 'spread', name, own, passed }
  }

  /** The same copy under its name: reading the argument again could show another one. */
  function judgeByName(name: string, own: Params): void {
    for (const { path, ...mark } of [...copier.marks]) copier.marks.push({ ...mark, path: [name, ...path] })
    judge(name, own)
  }

  function judge(name: string, value: Plain): void {
    if (Object.hasOwn(judged, name))
      throw new Uncopyable([name], 'two arguments of this name', 'name them apart in `params`')
    judged[name] = value
  }

  function argumentOf(slot: Slot, from: Params): unknown {
    if (slot.kind === 'by-reference') return slot.value
    if (slot.kind === 'named')
      return Object.hasOwn(from, slot.name) ? thaw(from[slot.name] ?? null, marks, [slot.name]) : undefined
    const fresh = thaw(from === params ? slot.own : spreadFrom(from), marks, []) as object
    return slot.passed.size === 0 ? fresh : Object.assign(fresh, Object.fromEntries(slot.passed))
  }

  /** What no other argument has a name for goes to the object that was spread. */
  function spreadFrom(from: Params): Params {
    const named = new Set(slots.flatMap((slot) => (slot.kind === 'named' ? [slot.name] : [])))
    return Object.fromEntries(Object.entries(from).filter(([key]) => !named.has(key)))
  }
}

const NONE: ReadonlyMap<string, unknown> = new Map()

/** The properties that go by reference. */
function passedOf(value: object, passthrough: readonly string[]): ReadonlyMap<string, unknown> {
  if (passthrough.length === 0) return NONE
  const passed = new Map<string, unknown>()
  for (const key of passthrough) if (Object.hasOwn(value, key)) passed.set(key, Reflect.get(value, key))
  return passed
}

/** An object of named parameters, as opposed to a list, a Date or a text. */
function isSpreadable(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

interface Naming {
  readonly count: number
  readonly firstSpreads: boolean
  readonly names: ArgumentNaming['params']
}

function namesFor({ count, firstSpreads, names }: Naming): (index: number) => string | undefined {
  const given = names === undefined || names === 'first' ? [] : names
  // As many names as arguments name the first one too. When it is an object it is then judged both by its name and by its keys:
  // guessing wrong here would hide a parameter from the rules.
  const firstNamed = firstSpreads && given.length >= count && given.length > 0
  const offset = firstSpreads && !firstNamed ? 1 : 0
  return (index) => (index < offset ? undefined : (given[index - offset] ?? `arg${index - offset + 1}`))
}

function refusalOf(cause: unknown, tool: string): SentinelArgumentError {
  // Anything else was thrown by the arguments themselves, such as a proxy's trap.
  const error =
    cause instanceof Uncopyable ? cause : new Uncopyable([], `a value that throws when read (${messageOf(cause)})`)
  const path = pathText(error.path)
  const place = path === '' ? `The arguments of '${tool}'` : `Argument '${path}' of '${tool}'`
  return new SentinelArgumentError(`${place} can not be judged: found ${error.found}; ${remedyFor(error)}`, {
    path,
    forModel: {
      message: `An argument of this call can not be accepted${path === '' ? '' : `: ${path}`}. Pass plain data.`,
    },
  })
}

function remedyFor({ remedy, path }: Uncopyable): string {
  if (remedy !== undefined) return remedy
  const [name] = path
  if (typeof name !== 'string') return "pass plain data, or hand later arguments through with `params: 'first'`"
  return `pass plain data, or hand it through unjudged with \`passthrough: ['${name}']\``
}

export function pathText(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
}
