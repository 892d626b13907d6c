import type { KeyObject } from 'node:crypto'
import { keyedHash, type LinkHash, plainHash } from './link-hash.ts'

/** How an event is sealed: by SHA-256 alone, or by HMAC-SHA-256 under a key. The version of what a stored event looks like, too. */
export const FORMATS = { plain: 1, keyed: 2 } as const
export type Format = (typeof FORMATS)[keyof typeof FORMATS]

export const LINK_BYTES = 32
/** What the first event of a log follows. */
export const GENESIS: Uint8Array = new Uint8Array(LINK_BYTES)
/** Keeps a link from being taken for a digest of anything else. */
const LINK_MARK = '\0'

/** An event as it is stored, and the link of the one before it. */
export interface Linked {
  readonly seq: number
  /** Text, finite numbers and null: what SQLite gives back is what was put in. */
  readonly cells: readonly (string | number | null)[]
  readonly previous: Uint8Array
}

/**
 * Links events to a chain: each link covers every stored cell of its event, its number, its format, and the link before it, so that no
 * event can be changed, taken out, put in or moved without breaking a link.
 */
export class Chain {
  /** How this chain seals what is new. */
  readonly format: Format
  readonly #plain: LinkHash = plainHash()
  readonly #keyed: LinkHash | undefined

  /** @param key undefined: plain links, which whoever writes the file can make anew. */
  constructor(key: KeyObject | undefined) {
    this.#keyed = key && keyedHash(key)
    this.format = key === undefined ? FORMATS.plain : FORMATS.keyed
  }

  /** Whether links of this format can be made, and so be checked. */
  covers(format: Format): boolean {
    return format === FORMATS.plain || this.#keyed !== undefined
  }

  /**
   * HMAC-SHA-256(key, 0x00 || canonical bytes || previous), or SHA-256 of the same without a key. The canonical bytes are the JSON
   * text, in UTF-8, of the list of format, sequence number and cells, without the empty cells at its end: a later version may add
   * columns, and the links of old events stay right.
   * @throws RangeError when the format needs a key and there is none.
   */
  link({ seq, cells, previous }: Linked, format: Format = this.format): Uint8Array {
    let filled = cells.length
    while (filled > 0 && cells[filled - 1] === null) filled--
    const numbers = `${LINK_MARK}[${format},${seq}`
    const list = JSON.stringify(filled === cells.length ? cells : cells.slice(0, filled))
    return this.#hash(format)(filled === 0 ? `${numbers}]` : `${numbers},${list.slice(1)}`, previous)
  }

  #hash(format: Format): LinkHash {
    if (format === FORMATS.plain) return this.#plain
    if (this.#keyed === undefined) throw new RangeError('a keyed link can not be made without the key')
    return this.#keyed
  }
}

export const sameLink = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0
