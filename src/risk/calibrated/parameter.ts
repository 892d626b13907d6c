import { type Archive, type Kept, kept } from '../../support/archive.ts'
import { destinationsOf } from '../destinations/destination.ts'
import type { Scalar } from '../features.ts'
import { numberOf } from '../numbers.ts'
import type { Argument } from './arguments.ts'
import { Calibrators, type ChannelKind } from './channels.ts'
import { NumberBaseline } from './number-baseline.ts'
import type { TextFacts } from './text-facts.ts'
import { TextShape } from './text-shape.ts'
import { ValueTable } from './value-table.ts'

/** Values, forms and destinations that one parameter remembers. */
const VALUES_MAX = 4_096
const FORMS_MAX = 1_024
const TYPES_MAX = 16
/** Elements of one list that are learned: one call must not outweigh all others. */
const LEARNED_ELEMENTS_MAX = 32
/** Whole numbers that are remembered, in case the parameter is declared as a destination. */
const NUMBERS_REMEMBERED_MAX = 64
/** Roughly what the parts of a baseline take in memory. */
const BYTES = { parameter: 600, numbers: 1_000, text: 4_000, entry: 100 }

/** How surprising one channel finds one value of a call. */
export interface Surprise {
  readonly kind: ChannelKind
  /** `-ln p`, not calibrated. */
  readonly nominal: number
  /** The value it is about; of a list the most surprising one. */
  readonly value: Scalar
}

type Speak = (kind: ChannelKind, nominal: number, value: Scalar) => void

/** What a parameter is judged by beside its own past. */
export interface Backdrop {
  /** Samples from which on a channel speaks. */
  readonly ready: number
  /** Where any call of the agent went: a destination that none of its tools knows says more than one that is new here. */
  readonly contacts: ValueTable
}

interface Asked extends Backdrop {
  readonly speak: Speak
}

/** How a call is to be learned. */
export interface Teaching {
  /** 1, or less for a call that was warned about and that nobody reviewed. */
  readonly weight: number
  /** Of the agent; learns as well. */
  readonly contacts: ValueTable
}

/** All that is known of one parameter of one tool and agent. What it never had takes no room. */
export class ParameterBaseline implements Kept {
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

  /** About how much memory it takes. */
  get bytes(): number {
    const { values, destinations } = this
    const entries = values.distinct + destinations.distinct + this.#forms.distinct + this.#knownNumbers.distinct
    const numbers = Number(this.numbers !== undefined) + Number(this.counts !== undefined)
    const text = this.text === undefined ? 0 : BYTES.text
    return BYTES.parameter + numbers * BYTES.numbers + text + entries * BYTES.entry
  }

  /** One surprise for each channel that knows enough samples. */
  surprises(argument: Argument, backdrop: Backdrop): readonly Surprise[] {
    const { ready } = backdrop
    const worst = new Map<ChannelKind, Surprise>()
    const speak: Speak = (kind, nominal, value) => {
      if (!((worst.get(kind)?.nominal ?? -1) >= nominal)) worst.set(kind, { kind, nominal, value })
    }
    if (this.types.samples >= ready) speak('type', this.types.surprise(typeOf(argument)), argument.values[0] ?? null)
    if (argument.isList && this.counts !== undefined && this.counts.moments.samples >= ready)
      speak('count', this.counts.surprise(argument.values.length), argument.values.length)
    for (let place = 0; place < argument.values.length; place++)
      this.#ofValue(argument.values[place] ?? null, argument.texts[place], { ...backdrop, speak })
    return [...worst.values()].map((each) => shared(each, argument.values.length))
  }

  #ofValue(value: Scalar, text: TextFacts | undefined, { ready, contacts, speak }: Asked): void {
    const number = numberOf(value)
    if (number !== undefined && this.numbers !== undefined && this.numbers.moments.samples >= ready)
      speak('number', this.numbers.surprise(number), value)
    if (typeof value === 'boolean' && this.values.samples >= ready)
      speak('value', this.values.surprise(booleanKey(value)), value)
    if (text !== undefined) this.#ofText(text, { ready, contacts, speak })
  }

  #ofText(facts: TextFacts, { ready, contacts, speak }: Asked): void {
    const { text } = facts
    if (this.values.samples >= ready) speak('value', this.values.surprise(facts.key), text)
    if (facts.isSecret) return
    for (const destination of this.destinations.samples >= ready ? facts.destinations : []) {
      speak('destination', this.destinations.surprise(destination), text)
      speak('contact', contacts.has(destination) ? 0 : contacts.newSurprise, text)
    }
    if (this.#forms.samples >= ready && facts.form !== undefined) speak('form', this.#forms.surprise(facts.form), text)
    const shape = this.text
    if (shape === undefined || shape.samples < ready) return
    // As with the hurdle, that a value is new times how odd it is among the new ones. A known text is no news, whatever its characters.
    if (!this.values.has(facts.key)) facts.features = shape.features(facts.plain)
    speak('text', facts.features === undefined ? 0 : shape.surprise(facts.features) + this.values.newSurprise, text)
  }

  /** Whether this value was never seen here; for parameters that are declared as destinations. */
  isNewDestination(value: Scalar): boolean {
    if (typeof value === 'string') {
      const shaped = destinationsOf(value)
      return shaped.length > 0
        ? shaped.some(({ kind, name }) => !this.destinations.has(`${kind}:${name}`))
        : value !== '' && !this.values.has(value)
    }
    return (typeof value === 'number' || typeof value === 'bigint') && !this.#knownNumbers.has(String(value))
  }

  learn(argument: Argument, teaching: Teaching): void {
    const { weight } = teaching
    this.types.learn(typeOf(argument))
    if (argument.isList) {
      this.counts ??= new NumberBaseline()
      this.counts.learn(argument.values.length, weight)
    }
    const elements = Math.min(argument.values.length, LEARNED_ELEMENTS_MAX)
    for (let place = 0; place < elements; place++)
      this.#learnValue(argument.values[place] ?? null, argument.texts[place], teaching)
  }

  #learnValue(value: Scalar, text: TextFacts | undefined, teaching: Teaching): void {
    const number = numberOf(value)
    if (number !== undefined) {
      this.numbers ??= new NumberBaseline()
      this.numbers.learn(number, teaching.weight)
    }
    if (text !== undefined) this.#learnText(text, teaching)
    else if (typeof value === 'boolean') this.values.learn(booleanKey(value))
    else if (typeof value === 'bigint' || Number.isInteger(value)) this.#knownNumbers.learn(String(value))
  }

  #learnText(facts: TextFacts, { weight, contacts }: Teaching): void {
    const isNew = !this.values.has(facts.key)
    this.values.learn(facts.key)
    if (facts.isSecret) return
    for (const destination of facts.destinations) {
      this.destinations.learn(destination)
      contacts.learn(destination)
    }
    if (facts.form !== undefined) this.#forms.learn(facts.form)
    // Of each text once: a closed list that is repeated a thousand times has no more kinds of text for that.
    if (!isNew) return
    this.text ??= new TextShape()
    this.text.learn(facts.plain, facts.features ?? this.text.features(facts.plain), weight)
  }

  /** Somebody said that these values are usual from now on. */
  accept(argument: Argument, contacts: ValueTable): void {
    this.types.accept(typeOf(argument))
    if (argument.isList) {
      this.counts ??= new NumberBaseline()
      this.counts.accept(argument.values.length)
    }
    const elements = Math.min(argument.values.length, LEARNED_ELEMENTS_MAX)
    for (let place = 0; place < elements; place++)
      this.#acceptValue(argument.values[place] ?? null, argument.texts[place], contacts)
  }

  #acceptValue(value: Scalar, text: TextFacts | undefined, contacts: ValueTable): void {
    const number = numberOf(value)
    if (number !== undefined) {
      this.numbers ??= new NumberBaseline()
      this.numbers.accept(number)
    }
    if (text !== undefined) this.#acceptText(text, contacts)
    else if (typeof value === 'boolean') this.values.accept(booleanKey(value))
    else if (value !== null) this.#knownNumbers.accept(String(value))
  }

  #acceptText(facts: TextFacts, contacts: ValueTable): void {
    this.values.accept(facts.key)
    if (facts.isSecret) return
    for (const destination of facts.destinations) {
      this.destinations.accept(destination)
      contacts.accept(destination)
    }
    if (facts.form !== undefined) this.#forms.accept(facts.form)
  }

  exchange(archive: Archive): void {
    this.calibrators.exchange(archive)
    for (const table of [this.types, this.values, this.destinations, this.#forms, this.#knownNumbers])
      table.exchange(archive)
    const numbers = kept(archive, () => new NumberBaseline())
    this.numbers = archive.optional(this.numbers, numbers)
    this.counts = archive.optional(this.counts, numbers)
    this.text = archive.optional(
      this.text,
      kept(archive, () => new TextShape()),
    )
    this.lastCall = archive.number(this.lastCall)
  }
}

/** The most surprising of k elements is one of k tries. */
const shared = (surprise: Surprise, elements: number): Surprise =>
  elements <= 1 || surprise.kind === 'type' || surprise.kind === 'count'
    ? surprise
    : { ...surprise, nominal: Math.max(0, surprise.nominal - Math.log(elements)) }

/** What no text begins with by accident, so that `'true'` is not the boolean. */
const BOOLEAN_MARK = '\0'
const booleanKey = (value: boolean): string => `${BOOLEAN_MARK}${value}`

/** A remembered value as it is shown. */
export const shownValue = (key: string): string => (key.startsWith(BOOLEAN_MARK) ? key.slice(1) : key)

function typeOf({ values, isList }: Argument): string {
  const [first] = values
  const type =
    first === undefined ? 'nothing' : first === null ? 'null' : numberOf(first) === undefined ? typeof first : 'number'
  return isList ? `list of ${type}` : type
}
