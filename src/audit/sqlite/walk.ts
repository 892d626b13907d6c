import { z } from 'zod'
import { type Chain, FORMATS, type Format, GENESIS, LINK_BYTES, sameLink } from '../chain.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { BreakCode } from '../verification.ts'
import { COLUMNS, type SealedCell } from './row.ts'

/** `seq`, the cells of a row, `format` and `chain`, as they are in the file. */
export type SealedRow = readonly SealedCell[]

export interface Break {
  readonly seq: number
  readonly code: BreakCode
  readonly because: string
}

/** What a `pruned` event tells of the last event that was taken out. */
export interface Anchor {
  readonly upTo: number
  readonly link: Uint8Array
}

const EVENT_AT = 1 + COLUMNS.indexOf('event')
const PARAMS_AT = 1 + COLUMNS.indexOf('params')
const FORMAT_AT = 1 + COLUMNS.length
const LINK_AT = FORMAT_AT + 1

/** What following a chain, or a part of it, has found. Plain data, so that it can cross to another thread. */
export interface Section {
  readonly events: number
  /** Events of before there was a chain. */
  readonly unsealed: number
  /** Events that were sealed without a key. */
  readonly unkeyed: number
  readonly first: SealedRow | undefined
  /** Of the last event, or of the one before the section; 0 when there is none. */
  readonly lastSeq: number
  readonly format: Format | undefined
  /** What the last `pruned` event tells. */
  readonly anchor: Anchor | undefined
  readonly break: Break | undefined
}

/**
 * Follows a chain from one event to another, one row at a time, and stops at the first break. Holds one row, the first, because what it
 * must follow is told by a `pruned` event far behind it.
 */
export class ChainWalk {
  readonly #chain: Chain
  readonly #awaited: ReadonlyMap<number, readonly Checkpoint[]>
  #first: SealedRow | undefined
  #lastSeq = 0
  #isFollowing = false
  #previous: Uint8Array = GENESIS
  #format: Format | undefined
  #events = 0
  #unsealed = 0
  #unkeyed = 0
  #anchor: Anchor | undefined
  #break: Break | undefined

  /** @param before the event before the first one, which another walk looks at; undefined: there is none. */
  constructor(chain: Chain, heads: readonly Checkpoint[], before?: SealedRow) {
    this.#chain = chain
    this.#awaited = Map.groupBy(heads, ({ seq }) => seq)
    if (before === undefined) return
    const [format, link] = [before[FORMAT_AT], before[LINK_AT]]
    this.#isFollowing = true
    this.#lastSeq = Number(before[0])
    if (isFormat(format) && isLink(link)) [this.#format, this.#previous] = [format, link]
  }

  /** False at the first break: what follows says nothing more. */
  take(row: SealedRow): boolean {
    this.#break = this.#breakAt(row)
    if (this.#break !== undefined) return false
    this.#first ??= row
    this.#isFollowing = true
    this.#lastSeq = Number(row[0])
    this.#events++
    return true
  }

  get section(): Section {
    return {
      ...{ events: this.#events, unsealed: this.#unsealed, unkeyed: this.#unkeyed },
      ...{ first: this.#first, lastSeq: this.#lastSeq },
      ...{ format: this.#format, anchor: this.#anchor, break: this.#break },
    }
  }

  #breakAt(row: SealedRow): Break | undefined {
    const seq = Number(row[0])
    if (seq < 1) return altered(seq, 'it was put in: events are numbered from 1 on')
    if (this.#isFollowing && seq !== this.#lastSeq + 1) return missing(this.#lastSeq + 1, seq - 1)
    const [format, link] = [row[FORMAT_AT], row[LINK_AT]]
    if (format === null && link === null && this.#format === undefined) return this.#passUnsealed(seq)
    if (!isFormat(format) || !isLink(link)) return altered(seq, 'it is not sealed')
    if (this.#format === FORMATS.keyed && format === FORMATS.plain)
      return altered(seq, 'it is sealed without the key, and the events before it with one')
    return this.#breakInChain(row, format, link)
  }

  #passUnsealed(seq: number): Break | undefined {
    this.#unsealed++
    return this.#awaited.has(seq) ? replaced(seq) : undefined
  }

  #breakInChain(row: SealedRow, format: Format, link: Uint8Array): Break | undefined {
    const seq = Number(row[0])
    // The first event is looked at last, unless it is the first of all.
    const follows = this.#isFollowing || seq === 1 ? this.#previous : undefined
    if (follows !== undefined && !isLinked(this.#chain, row, follows))
      return altered(
        seq,
        this.#format === format ? CHANGED : `${CHANGED}, or the key is not the one it was sealed with`,
      )
    if (this.#awaited.get(seq)?.some((head) => head.digest !== hexOf(link))) return replaced(seq)
    if (row[EVENT_AT] === 'pruned') this.#anchor = anchorIn(row) ?? this.#anchor
    if (format === FORMATS.plain) this.#unkeyed++
    this.#previous = link
    this.#format = format
    return undefined
  }
}

/** Whether an event is sealed as it must be when it follows a link. True where this chain can not tell. */
export function isLinked(chain: Chain, row: SealedRow, previous: Uint8Array): boolean {
  const [format, link] = [row[FORMAT_AT], row[LINK_AT]]
  if (!isFormat(format) || !isLink(link)) return false
  if (!chain.covers(format)) return true
  const cells = row.slice(1, FORMAT_AT)
  return cells.every(isStorable) && sameLink(link, chain.link({ seq: Number(row[0]), cells, previous }, format))
}

export const isSealed = (row: SealedRow): boolean => isFormat(row[FORMAT_AT]) && isLink(row[LINK_AT])

export const CHANGED = 'it was changed, or put in, or one before it was taken out'

export const altered = (seq: number, because: string): Break => ({ seq, code: 'altered', because })
const replaced = (seq: number): Break => ({
  seq,
  code: 'replaced',
  because: `a head names another event ${seq}: the log was written anew from there, or before`,
})
export const missing = (from: number, to: number): Break => ({
  seq: from,
  code: 'missing',
  because: from === to ? `event ${from} is missing` : `events ${from} to ${to} are missing`,
})

const isFormat = (cell: SealedCell | undefined): cell is Format => cell === FORMATS.plain || cell === FORMATS.keyed
const isLink = (cell: SealedCell | undefined): cell is Uint8Array =>
  cell instanceof Uint8Array && cell.length === LINK_BYTES
/** Whether this library can have put it there: it would not come back from JSON as it is. */
const isStorable = (cell: SealedCell): cell is string | number | null =>
  cell === null || typeof cell === 'string' || (typeof cell === 'number' && Number.isFinite(cell))

const hexOf = (link: Uint8Array): string => Buffer.from(link).toString('hex')

const rangeSchema = z.object({
  upTo: z.int().min(1),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
})

function anchorIn(row: SealedRow): Anchor | undefined {
  try {
    const { upTo, digest } = rangeSchema.parse(JSON.parse(String(row[PARAMS_AT])))
    return { upTo, link: digest === null ? GENESIS : Buffer.from(digest, 'hex') }
  } catch {
    return undefined
  }
}
