import { type Archive, type Kept, kept } from '../../support/archive.ts'
import type { Scalar } from '../features.ts'
import type { Argument, Element } from './arguments.ts'
import { Calibrators, type ChannelKind } from './channels.ts'
import { NumberBaseline } from './number-baseline.ts'
import type { TextFacts } from './text-facts.ts'
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

/** What a parameter is judged by beside its own past. */
export interface Backdrop {
  /** Samples from which on a channel speaks. */
  readonly ready: number
  /** Where any call of the agent went: a destination that none of its tools knows says more than one that is new here. */
  readonly contacts: ValueTable
}

interface Asked extends Backdrop {
  readonly worst: Worst
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
    const { ready, contacts } = backdrop
    const { elements, isList } = argument
    const worst = new Worst()
    if (this.types.samples >= ready)
      worst.speak('type', this.types.surprise(typeOf(argument)), elements[0]?.value ?? null)
    if (isList && this.counts !== undefined && this.counts.moments.samples >= ready)
      worst.speak('count', this.counts.surprise(elements.length), elements.length)
    for (const element of elements) this.#ofElement(element, { ready, contacts, worst })
    return worst.of(elements.length)
  }

  #ofElement(element: Element, asked: Asked): void {
    const { value, number, text } = element
    const { ready, worst } = asked
    if (number !== undefined && this.numbers !== undefined && this.numbers.moments.samples >= ready)
      worst.speak('number', this.numbers.surprise(number), value)
    if (typeof value === 'boolean' && this.values.samples >= ready)
      worst.speak('value', this.values.surprise(booleanKey(value)), value)
    if (text !== undefined) this.#ofText(text, element, asked)
  }

  #ofText(facts: TextFacts, element: Element, { ready, contacts, worst }: Asked): void {
    const { text } = facts
    if (this.values.samples >= ready) worst.speak('value', this.values.surprise(facts.key), text)
    if (facts.isSecret) return
    if (this.destinations.samples >= ready) {
      for (const destination of facts.destinations) {
        worst.speak('destination', this.destinations.surprise(destination), text)
        worst.speak('contact', contacts.has(destination) ? 0 : contacts.newSurprise, text)
      }
    }
    if (this.#forms.samples >= ready && facts.form !== undefined)
      worst.speak('form', this.#forms.surprise(facts.form), text)
    const shape = this.text
    if (shape === undefined || shape.samples < ready) return
    // As with the hurdle, that a value is new times how odd it is among the new ones. A known text is no news, whatever its characters.
    if (!this.values.has(facts.key)) element.features = shape.features(facts.plain)
    const { features } = element
    worst.speak('text', features === undefined ? 0 : shape.surprise(features) + this.values.newSurprise, text)
  }

  /** Whether this value was never seen here; for parameters that are declared as destinations. */
  isNewDestination({ value, text }: Element): boolean {
    if (text !== undefined) {
      const { destinations, key } = text
      return destinations.length > 0
        ? destinations.some((destination) => !this.destinations.has(destination))
        : value !== '' && !this.values.has(key)
    }
    return (typeof value === 'number' || typeof value === 'bigint') && !this.#knownNumbers.has(String(value))
  }

  learn(argument: Argument, teaching: Teaching): void {
    const { elements, isList } = argument
    this.types.learn(typeOf(argument))
    if (isList) {
      this.counts ??= new NumberBaseline()
      this.counts.learn(elements.length, teaching.weight)
    }
    for (const element of learned(elements)) this.#learnElement(element, teaching)
  }

  #learnElement(element: Element, teaching: Teaching): void {
    const { value, number, text } = element
    if (number !== undefined) {
      this.numbers ??= new NumberBaseline()
      this.numbers.learn(number, teaching.weight)
    }
    if (text !== undefined) this.#learnText(text, element.features, teaching)
    else if (typeof value === 'boolean') this.values.learn(booleanKey(value))
    else if (typeof value === 'bigint' || Number.isInteger(value)) this.#knownNumbers.learn(String(value))
  }

  #learnText(facts: TextFacts, features: TextFeatures | undefined, { weight, contacts }: Teaching): void {
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
    this.text.learn(facts.plain, features ?? this.text.features(facts.plain), weight)
  }

  /** Somebody said that these values are usual from now on. */
  accept(argument: Argument, contacts: ValueTable): void {
    this.types.accept(typeOf(argument))
    if (argument.isList) {
      this.counts ??= new NumberBaseline()
      this.counts.accept(argument.elements.length)
    }
    for (const element of learned(argument.elements)) this.#acceptElement(element, contacts)
  }

  #acceptElement({ value, number, text }: Element, contacts: ValueTable): void {
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

/** The most surprising value of each channel, in the order in which the channels first spoke. Few enough to look through. */
class Worst {
  readonly #surprises: Surprise[] = []

  speak(kind: ChannelKind, nominal: number, value: Scalar): void {
    const surprises = this.#surprises
    for (let place = 0; place < surprises.length; place++) {
      const known = surprises[place]
      if (known?.kind !== kind) continue
      if (!(known.nominal >= nominal)) surprises[place] = { kind, nominal, value }
      return
    }
    surprises.push({ kind, nominal, value })
  }

  /** Of an argument of so many elements. */
  of(elements: number): readonly Surprise[] {
    return elements <= 1 ? this.#surprises : this.#surprises.map((each) => shared(each, elements))
  }
}

/** The most surprising of k elements is one of k tries. */
const shared = (surprise: Surprise, elements: number): Surprise =>
  surprise.kind === 'type' || surprise.kind === 'count'
    ? surprise
    : { ...surprise, nominal: Math.max(0, surprise.nominal - Math.log(elements)) }

const learned = (elements: readonly Element[]): readonly Element[] =>
  elements.length <= LEARNED_ELEMENTS_MAX ? elements : elements.slice(0, LEARNED_ELEMENTS_MAX)

/** What no text begins with by accident, so that `'true'` is not the boolean. */
const BOOLEAN_MARK = '\0'
const TRUE = `${BOOLEAN_MARK}true`
const FALSE = `${BOOLEAN_MARK}false`
const booleanKey = (value: boolean): string => (value ? TRUE : FALSE)

/** A remembered value as it is shown. */
export const shownValue = (key: string): string => (key.startsWith(BOOLEAN_MARK) ? key.slice(1) : key)

/** Put together once: a text that is made anew is found more slowly. */
const LISTS: Readonly<Record<string, string>> = {
  nothing: 'list of nothing',
  null: 'list of null',
  boolean: 'list of boolean',
  number: 'list of number',
  string: 'list of string',
}

function typeOf({ elements: [first], isList }: Argument): string {
  const type = first === undefined ? 'nothing' : typeOfElement(first)
  return isList ? (LISTS[type] ?? `list of ${type}`) : type
}

function typeOfElement({ value, number }: Element): string {
  if (value === null) return 'null'
  return number === undefined ? typeof value : 'number'
}
