import { isRedacted, withoutDigests } from '../../domain/redacted.ts'
import { destinationsOf } from '../destinations/destination.ts'
import type { Scalar } from '../features.ts'
import { numberOf } from '../numbers.ts'
import { SlowBoilAnchor } from './anchor.ts'
import type { Argument } from './arguments.ts'
import { Calibrators, type ChannelKind } from './channels.ts'
import { Hurdle } from './hurdle.ts'
import { NumericMixture } from './mixture.ts'
import { Moments } from './moments.ts'
import { skeletonOf } from './skeleton.ts'
import { type TextFeatures, TextShape } from './text-shape.ts'
import { ValueTable } from './value-table.ts'

/** Values, forms and destinations that one parameter remembers. */
const VALUES_MAX = 4_096
const FORMS_MAX = 1_024
const TYPES_MAX = 16
/** Elements of one list that are learned: one call must not outweigh all others. */
const LEARNED_ELEMENTS_MAX = 32
/** Whole numbers that are remembered, in case the parameter is declared as a destination. */
const NUMBERS_REMEMBERED_MAX = 64

/** How surprising one channel finds one value of a call. */
export interface Surprise {
  readonly kind: ChannelKind
  /** `-ln p`, not calibrated. */
  readonly nominal: number
  /** The value it is about; of a list the most surprising one. */
  readonly value: Scalar
}

/** All that is known of the numbers of one parameter. */
export class NumberBaseline {
  readonly moments: Moments = new Moments()
  readonly anchor: SlowBoilAnchor = new SlowBoilAnchor()
  readonly hurdle: Hurdle = new Hurdle()
  readonly #mixture = new NumericMixture()

  surprise(value: number): number {
    return this.hurdle.isActive ? this.hurdle.surprise(value) : this.#mixture.surprise(value)
  }

  learn(value: number, weight: number): void {
    const taught = weight < 1 ? this.moments.clipped(value) : value
    this.anchor.learn(taught)
    this.hurdle.learn(taught, weight)
    this.#mixture.learn(taught, weight)
    this.moments.learn(taught, weight)
  }
}

/** All that is known of one parameter of one tool and agent. */
export class ParameterBaseline {
  readonly calibrators: Calibrators = new Calibrators()
  readonly types: ValueTable = new ValueTable(TYPES_MAX)
  readonly values: ValueTable = new ValueTable(VALUES_MAX)
  readonly destinations: ValueTable = new ValueTable(VALUES_MAX)
  readonly #forms = new ValueTable(FORMS_MAX)
  readonly #knownNumbers = new ValueTable(NUMBERS_REMEMBERED_MAX)
  numbers: NumberBaseline | undefined
  counts: NumberBaseline | undefined
  text: TextShape | undefined
  /** Number of the learned call that had it last. */
  lastCall = 0

  /** One surprise for each channel that knows `ready` samples or more. */
  surprises(argument: Argument, ready: number): readonly Surprise[] {
    const worst = new Map<ChannelKind, Surprise>()
    const add = (kind: ChannelKind, nominal: number, value: Scalar): void => {
      if (!((worst.get(kind)?.nominal ?? -1) >= nominal)) worst.set(kind, { kind, nominal, value })
    }
    if (this.types.samples >= ready) add('type', this.types.surprise(typeOf(argument)), argument.values[0] ?? null)
    if (argument.isList && (this.counts?.moments.samples ?? 0) >= ready)
      add('count', this.counts?.surprise(argument.values.length) ?? 0, argument.values.length)
    for (const value of argument.values) this.#ofValue(value, ready, add)
    return [...worst.values()].map((each) => shared(each, argument.values.length))
  }

  #ofValue(value: Scalar, ready: number, add: (kind: ChannelKind, nominal: number, value: Scalar) => void): void {
    const number = numberOf(value)
    if (number !== undefined && this.numbers !== undefined && this.numbers.moments.samples >= ready)
      add('number', this.numbers.surprise(number), value)
    if (typeof value === 'boolean' && this.values.samples >= ready)
      add('value', this.values.surprise(keyOf(value)), value)
    if (typeof value !== 'string') return
    if (this.values.samples >= ready) add('value', this.values.surprise(keyOf(value)), value)
    // A secret is the same or another, and no more is known of it.
    if (isRedacted(value)) return
    const text = withoutDigests(value)
    if (this.destinations.samples >= ready)
      for (const { kind, name } of destinationsOf(text))
        add('destination', this.destinations.surprise(`${kind}:${name}`), value)
    const form = skeletonOf(text)
    if (form !== undefined && this.#forms.samples >= ready) add('form', this.#forms.surprise(form), value)
    // A known text is no news, whatever its characters.
    if (this.text !== undefined && this.text.samples >= ready)
      add('text', this.values.has(keyOf(value)) ? 0 : this.#ofNewText(text, this.text), value)
  }

  /** As with the hurdle: that a text is new times how odd it is among the new ones. */
  #ofNewText(text: string, shape: TextShape): number {
    return shape.surprise(shape.features(text)) + this.values.newSurprise
  }

  /** Whether this value was never seen here; for parameters that are declared as destinations. */
  isNewDestination(value: Scalar): boolean {
    if (typeof value === 'string') {
      const shaped = destinationsOf(value)
      return shaped.length > 0
        ? shaped.some(({ kind, name }) => !this.destinations.has(`${kind}:${name}`))
        : value !== '' && !this.values.has(keyOf(value))
    }
    return (typeof value === 'number' || typeof value === 'bigint') && !this.#knownNumbers.has(String(value))
  }

  learn(argument: Argument, weight: number): void {
    this.types.learn(typeOf(argument))
    if (argument.isList) {
      this.counts ??= new NumberBaseline()
      this.counts.learn(argument.values.length, weight)
    }
    for (const value of argument.values.slice(0, LEARNED_ELEMENTS_MAX)) this.#learnValue(value, weight)
  }

  #learnValue(value: Scalar, weight: number): void {
    const number = numberOf(value)
    if (number !== undefined) {
      this.numbers ??= new NumberBaseline()
      this.numbers.learn(number, weight)
    }
    if (typeof value === 'boolean') this.values.learn(keyOf(value))
    else if (typeof value === 'string') this.#learnText(value, weight)
    else if (typeof value === 'bigint' || Number.isInteger(value)) this.#knownNumbers.learn(String(value))
  }

  #learnText(value: string, weight: number): void {
    const isNew = !this.values.has(keyOf(value))
    this.values.learn(keyOf(value))
    if (isRedacted(value)) return
    const text = withoutDigests(value)
    for (const { kind, name } of destinationsOf(text)) this.destinations.learn(`${kind}:${name}`)
    const form = skeletonOf(text)
    if (form !== undefined) this.#forms.learn(form)
    // Of each text once: a closed list that is repeated a thousand times has no more kinds of text for that.
    if (!isNew) return
    this.text ??= new TextShape()
    const features: TextFeatures = this.text.features(text)
    this.text.learn(text, features, weight)
  }
}

/** The most surprising of k elements is one of k tries. */
const shared = (surprise: Surprise, elements: number): Surprise =>
  elements <= 1 || surprise.kind === 'type' || surprise.kind === 'count'
    ? surprise
    : { ...surprise, nominal: Math.max(0, surprise.nominal - Math.log(elements)) }

const keyOf = (value: string | boolean): string => (typeof value === 'string' ? `'${value}` : String(value))

function typeOf({ values, isList }: Argument): string {
  const [first] = values
  const type =
    first === undefined ? 'nothing' : first === null ? 'null' : numberOf(first) === undefined ? typeof first : 'number'
  return isList ? `list of ${type}` : type
}
