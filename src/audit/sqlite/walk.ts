import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { Chain, FORMATS, type Format, GENESIS, LINK_BYTES, sameLink } from '../chain.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { BreakCode, Verification } from '../verification.ts'
import { COLUMNS, type SealedCell } from './row.ts'

/** `seq`, the cells of a row, `format` and `chain`, as they are in the file. */
export type SealedRow = readonly SealedCell[]

export interface Break {
  readonly seq: number
  readonly code: BreakCode
  readonly because: string
}

interface Anchor {
  readonly upTo: number
  readonly link: Uint8Array
}

const EVENT_AT = 1 + COLUMNS.indexOf('event')
const PARAMS_AT = 1 + COLUMNS.indexOf('params')
const FORMAT_AT = 1 + COLUMNS.length
const LINK_AT = FORMAT_AT + 1

/**
 * Follows a chain from its first event to its last, one row at a time, and stops at the first break. Holds one row, the first, because
 * what it must follow is told by a `pruned` event far behind it.
 */
export class ChainWalk {
  readonly #chain: Chain
  readonly #heads: readonly Checkpoint[]
  readonly #awaited: Map<number, Checkpoint[]>
  #first: SealedRow | undefined
  #lastSeq = 0
  #previous: Uint8Array = GENESIS
  #format: Format | undefined
  #events = 0
  #unsealed = 0
  #anchor: Anchor | undefined
  #break: Break | undefined

  constructor(key: KeyObject | undefined, heads: readonly Checkpoint[]) {
    this.#chain = new Chain(key)
    this.#heads = heads
    this.#awaited = Map.groupBy(heads, ({ seq }) => seq)
  }

  /** False at the first break: what follows says nothing more. */
  take(row: SealedRow): boolean {
    this.#break = this.#breakAt(row)
    if (this.#break !== undefined) return false
    this.#first ??= row
    this.#lastSeq = Number(row[0])
    this.#events++
    return true
  }

  /** @param lastNumber the last sequence number that was given out. */
  end(lastNumber: number): Verification {
    const walked = {
      events: this.#events,
      firstSeq: this.#first && Number(this.#first[0]),
      lastSeq: this.#first && this.#lastSeq,
      heads: this.#heads,
    }
    const found = this.#break ?? this.#breakAtStart() ?? this.#breakAtEnd(lastNumber)
    if (found !== undefined) return { ...walked, status: 'broken', ...found }
    const because = this.#doubt()
    return because === undefined ? { ...walked, status: 'intact' } : { ...walked, status: 'not-verifiable', because }
  }

  #breakAt(row: SealedRow): Break | undefined {
    const seq = Number(row[0])
    if (this.#first !== undefined && seq !== this.#lastSeq + 1) return missing(this.#lastSeq + 1, seq - 1)
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
    const follows = this.#first !== undefined || seq === 1 ? this.#previous : undefined
    if (follows !== undefined && !this.#isLinked(row, { format, link, previous: follows }))
      return altered(
        seq,
        this.#format === format ? CHANGED : `${CHANGED}, or the key is not the one it was sealed with`,
      )
    const digest = hexOf(link)
    if (this.#awaited.get(seq)?.some((head) => head.digest !== digest)) return replaced(seq)
    if (row[EVENT_AT] === 'pruned') this.#anchor = anchorIn(row) ?? this.#anchor
    this.#previous = link
    this.#format = format
    return undefined
  }

  #isLinked(
    row: SealedRow,
    { format, link, previous }: { format: Format; link: Uint8Array; previous: Uint8Array },
  ): boolean {
    if (!this.#chain.covers(format)) return true
    const cells = row.slice(1, FORMAT_AT)
    return cells.every(isStorable) && sameLink(link, this.#chain.link({ seq: Number(row[0]), cells, previous }, format))
  }

  /** A log that does not begin with event 1 was pruned, and says so. */
  #breakAtStart(): Break | undefined {
    const first = this.#first
    if (first === undefined) return undefined
    const [firstSeq, upTo] = [Number(first[0]), this.#anchor?.upTo ?? 0]
    if (firstSeq <= upTo)
      return {
        seq: firstSeq,
        code: 'altered',
        because: `events up to ${upTo} were pruned, and event ${firstSeq} is there`,
      }
    if (firstSeq > upTo + 1) return missing(upTo + 1, firstSeq - 1)
    const [format, link] = [first[FORMAT_AT], first[LINK_AT]]
    if (this.#anchor === undefined || !isFormat(format) || !isLink(link)) return undefined
    return this.#isLinked(first, { format, link, previous: this.#anchor.link }) ? undefined : altered(firstSeq, CHANGED)
  }

  #breakAtEnd(lastNumber: number): Break | undefined {
    const ahead = this.#heads.find(({ seq }) => seq > this.#lastSeq)
    const wanted = Math.max(ahead?.seq ?? 0, lastNumber)
    if (wanted <= this.#lastSeq) return undefined
    const who = ahead === undefined ? 'the file has numbered' : 'a head names'
    const end = this.#lastSeq === 0 ? 'the log is empty' : `the log ends with event ${this.#lastSeq}`
    return { seq: this.#lastSeq + 1, code: 'cut', because: `${end}, and ${who} event ${wanted}` }
  }

  #doubt(): string | undefined {
    if (this.#unsealed > 0) return `the first ${this.#unsealed} events were written before there was a chain`
    if (this.#format === FORMATS.plain)
      return 'no key seals the events: whoever can write the file can make the chain anew'
    if (this.#format === FORMATS.keyed && !this.#chain.covers(FORMATS.keyed))
      return 'the key that seals the events was not given'
    return undefined
  }
}

const CHANGED = 'it was changed, or put in, or one before it was taken out'

const altered = (seq: number, because: string): Break => ({ seq, code: 'altered', because })
const replaced = (seq: number): Break => ({
  seq,
  code: 'replaced',
  because: `a head names another event ${seq}: the log was written anew from there, or before`,
})
const missing = (from: number, to: number): Break => ({
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
