import type { SeqRange } from '../../domain/activity.ts'
import type { AnomalyFilter, AnomalySaved, AnomalyWanted } from '../../domain/anomaly.ts'
import type { Approval } from '../../domain/approval.ts'
import type { BaselineSave, BaselineState } from '../../domain/baseline.ts'
import type { CallId } from '../../domain/units.ts'
import type { Reservation, Reserved } from '../../domain/window.ts'
import { hasEnded } from '../../support/process-name.ts'
import type { ApprovalQuery } from '../approval-query.ts'
import type { BaselineSaved } from '../baseline-save.ts'
import type { EventFilter } from '../filter.ts'
import type { AnomalyRows, FoundAnomalies, StoredAnomalies } from './anomalies.ts'
import { type AppendedRows, type DatabaseOptions, EventDatabase, type Unit } from './database.ts'
import { leavesConnection } from './failure.ts'
import type { Published } from './head.ts'
import type { Driver } from './open.ts'
import { Bereft, Replaced, refuseStrayWal } from './presence.ts'
import type { PruneStep, StepResult } from './prune.ts'
import type { StoredRow } from './row.ts'

/** What can be asked of the log, and what each answers; plain data, so that it can cross to another thread. */
export interface Work {
  /** Answers with a doubt about how the log is sealed. */
  readonly open: (input: undefined) => string | undefined
  readonly commit: (input: readonly Unit[]) => readonly AppendedRows[]
  readonly query: (input: EventFilter) => readonly StoredRow[]
  readonly publish: (input: { readonly headPath: string; readonly time: string }) => Published | undefined
  readonly prune: (input: PruneStep) => StepResult
  readonly saveBaselines: (input: BaselineSave) => BaselineSaved
  readonly loadBaselines: (input: undefined) => BaselineState | undefined
  readonly reserve: (input: readonly Reservation[]) => readonly Reserved[]
  readonly release: (input: readonly CallId[]) => readonly boolean[]
  readonly approvals: (input: ApprovalQuery) => readonly Approval[]
  /** Answers with JSON, as `AnomalyTables.activity`. */
  readonly activity: (input: SeqRange) => string
  readonly loadAnomalies: (input: AnomalyWanted) => StoredAnomalies
  readonly saveAnomalies: (input: AnomalyRows) => AnomalySaved
  readonly listAnomalies: (input: AnomalyFilter) => FoundAnomalies
}
export type WorkName = keyof Work
export type Input<Name extends WorkName> = Parameters<Work[Name]>[0]
export type Output<Name extends WorkName> = ReturnType<Work[Name]>

export interface Task<Name extends WorkName = WorkName> {
  readonly name: Name
  readonly input: Input<Name>
  /** How long it may stand still at a lock: 0 to 250 ms. */
  readonly standstillMs: number
}

type Doing = { readonly [Name in WorkName]: (database: EventDatabase, input: Input<Name>) => Output<Name> }

const DOING: Doing = {
  open: (database) => {
    if (!database.isReadOnly) database.windows.releaseEnded(hasEnded)
    return database.doubt()
  },
  commit: (database, units) => database.commit(units),
  query: (database, filter) => database.query(filter),
  publish: (database, publication) => database.publish(publication),
  prune: (database, step) => database.prune(step),
  saveBaselines: (database, state) => database.baselines.save(state),
  loadBaselines: (database) => database.baselines.load(),
  reserve: (database, reservations) => database.windows.reserve(reservations),
  release: (database, callIds) => database.windows.release(callIds),
  approvals: (database, query) => database.approvals.query(query),
  activity: (database, range) => database.anomalies.activity(range),
  loadAnomalies: (database, wanted) => database.anomalies.load(wanted),
  saveAnomalies: (database, save) => database.anomalies.save(save),
  listAnomalies: (database, filter) => database.anomalies.list(filter),
}

/**
 * Keeps the log open, in the thread it lives in. A connection that broke, or whose file is not there any more, is given up, and the
 * next task opens anew: so service resumes when the cause is gone.
 */
export class Keeper {
  readonly #Connection: Driver
  readonly #options: DatabaseOptions
  #database: EventDatabase | undefined
  #strayWal: Replaced['strayWal']

  constructor(Connection: Driver, options: DatabaseOptions) {
    this.#Connection = Connection
    this.#options = options
  }

  /** Throws the errors of SQLite and of the operating system, and `Refusal`. */
  perform<Name extends WorkName>({ name, input, standstillMs }: Task<Name>): Output<Name> {
    try {
      this.#database ??= this.#opened(standstillMs)
      this.#database.presence.confirmCompanions()
      this.#database.standStill(standstillMs)
      const output = DOING[name](this.#database, input)
      // Looked at last: what was written to a file that is gone must not be acknowledged.
      this.#database.presence.confirm()
      return output
    } catch (error) {
      if (error instanceof Bereft && error.isLatest) this.#database?.save()
      if (!leavesConnection(error)) this.close()
      if (error instanceof Replaced) this.#strayWal = error.strayWal
      throw error
    }
  }

  close(): void {
    const database = this.#database
    this.#database = undefined
    try {
      database?.close()
    } catch {
      // It is given up either way, and what was acknowledged is stored.
    }
  }

  #opened(standstillMs: number): EventDatabase {
    refuseStrayWal(this.#options.path, this.#strayWal)
    return new EventDatabase(this.#Connection, this.#options, standstillMs)
  }
}
