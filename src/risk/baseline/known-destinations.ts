import { hash } from 'node:crypto'
import type { Archive, Kept } from '../../support/archive.ts'
import { Lru } from '../../support/lru.ts'
import { type Destination, destinationsOf, wholeOf } from '../destinations/destination.ts'
import type { Scalar } from '../features.ts'

/** Destinations of a known shape that one parameter remembers; beyond, the one used longest ago is new again. */
export const KNOWN_DESTINATIONS_MAX = 256
/** Other short texts and whole numbers that one parameter remembers, in case it is declared as a destination. */
export const KNOWN_TEXTS_MAX = 64
/** Longer texts are not remembered as a whole. */
export const LEARNED_TEXT_CHARS_MAX = 200
/** Longer names are remembered by their digest. */
const NAME_CHARS_MAX = 64
/** 52 bits: as many as a double holds exactly. */
const DIGEST_HEX_CHARS = 13

/**
 * Where one parameter went so far. What a tool declares is not known yet when a baseline is read back from the log, so this learns
 * both what has the shape of a destination and what may turn out to be declared as one; scoring decides which of them count.
 */
export class KnownDestinations implements Kept {
  #shaped: Lru<string, true> | undefined
  /** Digests of other values, used longest ago first: most parameters are never declared, so these have to be small. */
  #texts: number[] | undefined
  #hasOnlyShaped = true

  learn(value: Scalar): void {
    const shaped = typeof value === 'string' ? destinationsOf(value) : []
    for (const destination of shaped) this.#learnShaped(keyOf(destination))
    if (shaped.length === 0) this.#learnWhole(value)
  }

  #learnShaped(key: string): void {
    this.#shaped ??= new Lru(KNOWN_DESTINATIONS_MAX)
    if (this.#shaped.get(key) === undefined) this.#shaped.set(key, true)
  }

  #learnWhole(value: Scalar): void {
    const whole = wholeOf(value)
    if (whole === undefined) return
    this.#hasOnlyShaped = false
    const isFraction = typeof value === 'number' && !Number.isInteger(value)
    if (!isFraction && whole.name.length <= LEARNED_TEXT_CHARS_MAX) this.#learnText(digestOf(whole.name))
  }

  #learnText(digest: number): void {
    this.#texts ??= []
    const position = this.#texts.indexOf(digest)
    if (position !== -1) this.#texts.splice(position, 1)
    else if (this.#texts.length >= KNOWN_TEXTS_MAX) this.#texts.shift()
    this.#texts.push(digest)
  }

  exchange(archive: Archive): void {
    this.#shaped = archive.optional(this.#shaped, (shaped = new Lru(KNOWN_DESTINATIONS_MAX)) => {
      archive.entries(shaped, () => true)
      return shaped
    })
    this.#texts = archive.optional(this.#texts, (texts = []) => {
      archive.numbers(texts)
      return texts
    })
    this.#hasOnlyShaped = archive.number(Number(this.#hasOnlyShaped)) === 1
  }

  /** Distinct destinations of a known shape. */
  get shaped(): number {
    return this.#shaped?.size ?? 0
  }

  /** Distinct other texts and numbers. */
  get texts(): number {
    return this.#texts?.length ?? 0
  }

  /** Whether everything learned had the shape of a destination. */
  get hasOnlyShaped(): boolean {
    return this.#hasOnlyShaped
  }

  has(destination: Destination): boolean {
    if (destination.kind === 'value') return this.#texts?.includes(digestOf(destination.name)) ?? false
    return this.#shaped?.peek(keyOf(destination)) !== undefined
  }
}

const digestOf = (name: string): number => Number.parseInt(hash('sha256', name, 'hex').slice(0, DIGEST_HEX_CHARS), 16)

const keyOf = ({ kind, name }: Destination): string =>
  `${kind}:${name.length > NAME_CHARS_MAX ? hash('sha256', name, 'base64') : name}`
