import type BetterSqlite3 from 'better-sqlite3'
import type { BaselineSave, BaselineState, StateRow } from '../../domain/baseline.ts'
import { type BaselineSaved, refusedBy } from '../baseline-save.ts'
import { originalText, storableText } from './text.ts'

type Head = Pick<BaselineState, 'make' | 'seq'>

interface StoredBaseline {
  readonly key: string
  readonly bytes: Uint8Array
}

/** What the scorer knows, in two tables beside the events: of which make and up to which event it is, and its rows by key. */
export class BaselineTables {
  readonly #selectHead: BetterSqlite3.Statement<[], Head>
  readonly #selectRows: BetterSqlite3.Statement<[], StoredBaseline>
  readonly #replaceHead: BetterSqlite3.Statement<[string, number]>
  readonly #replaceRow: BetterSqlite3.Statement<[string, Uint8Array]>
  readonly #deleteRow: BetterSqlite3.Statement<[string]>
  readonly #deleteRows: BetterSqlite3.Statement<[]>
  readonly #saveAll: BetterSqlite3.Transaction<(state: BaselineSave) => BaselineSaved>
  readonly #loadAll: BetterSqlite3.Transaction<() => BaselineState | undefined>

  constructor(database: BetterSqlite3.Database) {
    this.#selectHead = database.prepare('SELECT make, seq FROM baseline_head')
    this.#selectRows = database.prepare('SELECT key, bytes FROM baseline_rows')
    this.#replaceHead = database.prepare('INSERT OR REPLACE INTO baseline_head (id, make, seq) VALUES (1, ?, ?)')
    this.#replaceRow = database.prepare('INSERT OR REPLACE INTO baseline_rows (key, bytes) VALUES (?, ?)')
    this.#deleteRow = database.prepare('DELETE FROM baseline_rows WHERE key = ?')
    this.#deleteRows = database.prepare('DELETE FROM baseline_rows')
    this.#saveAll = database.transaction((state) => this.#save(state))
    this.#loadAll = database.transaction(() => this.#load())
  }

  save(state: BaselineSave): BaselineSaved {
    return this.#saveAll.immediate(state)
  }

  load(): BaselineState | undefined {
    return this.#loadAll()
  }

  #save(state: BaselineSave): BaselineSaved {
    const refused = refusedBy(this.#selectHead.get(), state)
    if (refused !== undefined) return refused
    const { make, seq, since, rows } = state
    if (since === undefined) this.#deleteRows.run()
    for (const row of rows) this.#put(row)
    this.#replaceHead.run(storableText(make), seq)
    return 'saved'
  }

  #put({ key, bytes }: StateRow): void {
    if (bytes === undefined) this.#deleteRow.run(storableText(key))
    else this.#replaceRow.run(storableText(key), bytes)
  }

  #load(): BaselineState | undefined {
    const head = this.#selectHead.get()
    if (head === undefined) return undefined
    const rows = this.#selectRows.all().map(({ key, bytes }) => ({ key: originalText(key), bytes }))
    return { ...head, rows }
  }
}
