import type { KeyObject } from 'node:crypto'
import type BetterSqlite3 from 'better-sqlite3'
import type { Durability } from '../../domain/settings.ts'
import { Lru } from '../../support/lru.ts'
import { type ApprovalStep, type Asked, type Changed, takeStep } from '../approval-step.ts'
import { Chain } from '../chain.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { EventFilter } from '../filter.ts'
import { AnomalyTables } from './anomalies.ts'
import { Appender } from './appender.ts'
import { ApprovalTables } from './approvals.ts'
import { BaselineTables } from './baselines.ts'
import { type Published, publishHead } from './head.ts'
import { type Driver, openForReading, openForWriting } from './open.ts'
import { syncFile, walOf } from './place.ts'
import { FilePresence } from './presence.ts'
import { type PruneStep, pruneStep, type StepResult } from './prune.ts'
import type { Cell, Row, SealedCell, StoredRow } from './row.ts'
import { FIND_DECISIONS, FIND_ENDS, FIND_LINK, SELECT_LAST_SEALED, selectEvents } from './statements.ts'
import { storableText } from './text.ts'
import { ChainWalk } from './walk.ts'
import { WindowTables } from './windows.ts'

/** Plain data, so that it can cross to another thread. */
export interface DatabaseOptions {
  /** Absolute. */
  readonly path: string
  readonly durability: Durability
  /** Reads what is there; makes and changes nothing. */
  readonly readOnly: boolean
  /** What seals the chain; undefined: digests alone. */
  readonly key: KeyObject | undefined
}

/** What one append wants stored: all of it or nothing, in one transaction with what others want. */
export interface Unit {
  readonly rows: readonly Row[]
  /** Store only if no decision with this call id is in the log yet. */
  readonly claim: string | undefined
  readonly approval: ApprovalStep | undefined
}

export type AppendedRows =
  | { readonly status: 'stored'; readonly lastSeq: number; readonly approval?: Asked | Changed }
  | { readonly status: 'call-known'; readonly decided: StoredRow }
  | { readonly status: 'approval-stands'; readonly approval: Asked | Changed }

type Statement = BetterSqlite3.Statement<Cell[], Cell[]>
type Ends = [firstSeq: number, lastSeq: number, link: Uint8Array | null]

const QUERY_STATEMENTS_MAX = 64

/**
 * The audit log in one SQLite file, synchronous and in terms of rows: everything that touches the disk, and nothing else. Throws the
 * errors of SQLite and of the operating system, and `Refusal`.
 */
export class EventDatabase {
  readonly presence: FilePresence
  readonly #options: DatabaseOptions
  readonly #database: BetterSqlite3.Database
  readonly #appender: Appender
  readonly #findDecisions: Statement
  readonly approvals: ApprovalTables
  readonly baselines: BaselineTables
  readonly windows: WindowTables
  readonly anomalies: AnomalyTables
  readonly #transaction: BetterSqlite3.Transaction<(work: () => unknown) => unknown>
  readonly #queries = new Lru<string, Statement>(QUERY_STATEMENTS_MAX)
  #standstillMs: number

  constructor(Connection: Driver, options: DatabaseOptions, standstillMs: number) {
    this.#options = options
    const open = options.readOnly ? openForReading : openForWriting
    this.#database = open(Connection, { ...options, standstillMs })
    this.#standstillMs = standstillMs
    try {
      this.presence = new FilePresence(options.path)
      this.#appender = new Appender(this.#database, new Chain(options.key))
      this.#findDecisions = this.#database.prepare<Cell[], Cell[]>(FIND_DECISIONS).raw()
      this.approvals = new ApprovalTables(this.#database)
      this.baselines = new BaselineTables(this.#database)
      this.windows = new WindowTables(this.#database, options.durability, (subject) =>
        this.approvals.openOf(subject).map(({ callId }) => callId),
      )
      this.anomalies = new AnomalyTables(this.#database)
    } catch (error) {
      this.#database.close()
      throw error
    }
    this.#transaction = this.#database.transaction((work) => {
      this.#appender.begin()
      return work()
    })
  }

  get isReadOnly(): boolean {
    return this.#options.readOnly
  }

  /** How long the next calls stand still at a lock before they throw: 0 to 250 ms. */
  standStill(ms: number): void {
    if (ms === this.#standstillMs) return
    this.#database.pragma(`busy_timeout = ${ms}`)
    this.#standstillMs = ms
  }

  /**
   * Stores what the units want in one transaction, each unless the call that it claims is decided already, or its approval stands in
   * the way. A unit sees what the ones before it stored.
   */
  commit(units: readonly Unit[]): readonly AppendedRows[] {
    return this.#writing(() => units.map((unit) => this.#decided(unit.claim) ?? this.#taken(unit)))
  }

  /** Whether the last event is sealed as this one would seal it; what is wrong when it is not. */
  doubt(): string | undefined {
    const rows = this.#database.prepare<[], SealedCell[]>(SELECT_LAST_SEALED).raw().all()
    const walk = new ChainWalk(new Chain(this.#options.key), [])
    if (rows.toReversed().every((row) => walk.take(row))) return undefined
    return `Event ${rows[0]?.[0]}, the last one of the audit log, was changed, or the key is not the one it was sealed with. \`sentinel verify\` tells more.`
  }

  query(filter: EventFilter): readonly StoredRow[] {
    const { sql, cells } = selectEvents(filter)
    const statement = this.#queries.getOrMake(sql, () => this.#database.prepare<Cell[], Cell[]>(sql).raw())
    return statement.all(...cells)
  }

  /** Writes where the chain ends to the head file; undefined while nothing is sealed. */
  publish({ headPath, time }: { readonly headPath: string; readonly time: string }): Published | undefined {
    const head = this.#head(time)
    if (head === undefined) return undefined
    // The head is synced: it must not outlive the events that it names.
    if (this.#options.durability === 'normal') syncFile(walOf(this.#options.path))
    return publishHead({ path: headPath, head, linkAt: (seq) => this.#linkAt(seq) })
  }

  /** Takes out some of the oldest events, in one transaction. */
  prune(step: PruneStep): StepResult {
    return this.#writing(() => {
      this.windows.settleShown()
      return pruneStep(this.#database, this.#appender, step)
    })
  }

  /** Takes what is in the write-ahead log over into the file, as far as that can be done. */
  save(): void {
    try {
      this.#database.pragma('wal_checkpoint')
    } catch {
      // Who calls this gives the connection up, and tells why.
    }
  }

  close(): void {
    this.#database.close()
  }

  /** One transaction. It begins with the lock on the file, so that what it reads is what it writes to. */
  #writing<Result>(work: () => Result): Result {
    const result = this.#transaction.immediate(work) as Result
    this.#appender.committed()
    return result
  }

  #decided(claim: string | undefined): AppendedRows | undefined {
    if (claim === undefined) return undefined
    const decisions = this.#findDecisions.all(storableText(claim))
    const [decided] = decisions.sort(([one], [other]) => Number(one) - Number(other))
    return decided && { status: 'call-known', decided }
  }

  #taken({ rows, approval: step }: Unit): AppendedRows {
    if (step === undefined) return { status: 'stored', lastSeq: this.#added(rows) }
    const { outcome, store, uncounted } = takeStep(step, this.approvals)
    if (!store) return { status: 'approval-stands', approval: outcome }
    if (uncounted !== undefined) this.windows.forget(uncounted)
    return { status: 'stored', lastSeq: this.#added(rows), approval: outcome }
  }

  #added(rows: readonly Row[]): number {
    for (const row of rows) this.#appender.add(row)
    return this.#appender.lastSeq
  }

  #head(time: string): Checkpoint | undefined {
    const [firstSeq, seq, link] = this.#database.prepare<[], Ends>(FIND_ENDS).raw().get() ?? []
    if (firstSeq === undefined || seq === undefined || !link) return undefined
    return { seq, digest: Buffer.from(link).toString('hex'), count: seq - firstSeq + 1, time }
  }

  /** The link of one event in hex; undefined when there is none. */
  #linkAt(seq: number): string | undefined {
    const link = this.#database.prepare<number[], SealedCell>(FIND_LINK).pluck().get(seq)
    return link instanceof Uint8Array ? Buffer.from(link).toString('hex') : undefined
  }
}
