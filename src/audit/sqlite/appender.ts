import type BetterSqlite3 from 'better-sqlite3'
import { type Chain, FORMATS, GENESIS } from '../chain.ts'
import { Refusal } from './refusal.ts'
import type { Row, SealedCell } from './row.ts'
import { FIND_TIP, INSERT_EVENT, LAST_NUMBER } from './statements.ts'

type Tip = [seq: number | null, link: Uint8Array | null, format: number | null]

/** Adds rows to the end of the chain, inside a transaction that is someone else's. */
export class Appender {
  readonly #chain: Chain
  readonly #insert: BetterSqlite3.Statement<SealedCell[]>
  readonly #findTip: BetterSqlite3.Statement<[], Tip>
  readonly #lastNumber: BetterSqlite3.Statement<[], number>
  /** Whether the log ends where this one left it, unless somebody has added to it. */
  #isCommitted = false
  #seq = 0
  #link = GENESIS

  constructor(database: BetterSqlite3.Database, chain: Chain) {
    this.#chain = chain
    this.#insert = database.prepare(INSERT_EVENT)
    this.#findTip = database.prepare<[], Tip>(FIND_TIP).raw()
    this.#lastNumber = database.prepare<[], number>(LAST_NUMBER).pluck()
  }

  /** Number of the last event that was added, or was there before. */
  get lastSeq(): number {
    return this.#seq
  }

  /**
   * To be called in each transaction before anything is added: another process may have written since the last one.
   * @throws Refusal when the chain needs a key that this one lacks.
   */
  begin(): void {
    const isOurs = this.#isCommitted && this.#lastNumber.get() === this.#seq
    this.#isCommitted = false
    if (isOurs) return
    const [seq, link, format] = this.#findTip.get() ?? []
    if (format === FORMATS.keyed && this.#chain.format !== FORMATS.keyed) throw withoutKey()
    this.#seq = seq ?? 0
    this.#link = link ?? GENESIS
  }

  /** To be called after each transaction that was committed. */
  committed(): void {
    this.#isCommitted = true
  }

  add(row: Row): void {
    const seq = this.#seq + 1
    const link = this.#chain.link({ seq, cells: row, previous: this.#link })
    this.#insert.run(seq, ...row, this.#chain.format, link)
    this.#seq = seq
    this.#link = link
  }
}

const withoutKey = (): Refusal =>
  new Refusal(
    'its events are sealed with a key, and none was given',
    'Give the key (`auditKey`, SENTINEL_AUDIT_KEY, or the file audit.key beside the log).',
  )
