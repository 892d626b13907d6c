import type BetterSqlite3 from 'better-sqlite3'
import { decimalText, exact } from '../../support/decimal.ts'
import { ADDED_AMOUNTS_MAX } from '../windows.ts'

/** Digits behind the point of a unit: more than money has. */
const UNIT_SCALE = 4
/** Ten million times so much is no more than SQLite holds in a whole number. */
const UNITS_MAX = 2n ** 63n / 10_000_000n

/** An amount as a row has it: in whole units, or as text where it does not fit; both null when it is not known. */
export type AmountCells = [text: string | null, units: bigint | null]

export function amountCells(amount: string | undefined): AmountCells {
  if (amount === undefined) return [null, null]
  const { units, scale } = exact(amount)
  if (scale > UNIT_SCALE) return [amount, null]
  const whole = units * 10n ** BigInt(UNIT_SCALE - scale)
  return whole < UNITS_MAX ? [null, whole] : [amount, null]
}

interface Added {
  readonly amounts: number
  readonly inUnits: number
  /** Null when there are none. */
  readonly units: string | null
}

/** What rows hold together; those in units are added up by SQLite, exactly. */
export class WindowAmounts<Which extends unknown[]> {
  readonly #add: BetterSqlite3.Statement<Which, Added>
  readonly #others: BetterSqlite3.Statement<Which, string | null>

  /** @param rows the end of a query for rows. */
  constructor(database: BetterSqlite3.Database, rows: string) {
    this.#add = database.prepare(
      `SELECT count(*) AS amounts, count(units) AS inUnits, CAST(sum(units) AS TEXT) AS units ${rows}`,
    )
    this.#others = database.prepare<Which, string | null>(`SELECT amount ${rows} AND units IS NULL`).pluck()
  }

  /**
   * Decimal numbers as text that add up to what the rows hold; null stands for what is not known. Asks nothing before the first is
   * wanted: a query that is open keeps the connection busy.
   */
  *of(...which: Which): Generator<string | null> {
    const { amounts = 0, inUnits = 0, units = null } = this.#add.get(...which) ?? {}
    if (amounts > ADDED_AMOUNTS_MAX) yield null
    if (units !== null) yield decimalText({ units: BigInt(units), scale: UNIT_SCALE })
    if (amounts > inUnits) yield* this.#others.iterate(...which)
  }
}
