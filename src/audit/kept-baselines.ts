import type { BaselineSave, BaselineState, StateRow } from '../domain/baseline.ts'
import { type BaselineSaved, refusedBy } from './baseline-save.ts'

/** What the scorer knows, for a store in memory. */
export class KeptBaselines {
  #head: Pick<BaselineState, 'make' | 'seq'> | undefined
  readonly #rows = new Map<string, StateRow>()

  save(state: BaselineSave): BaselineSaved {
    const refused = refusedBy(this.#head, state)
    if (refused !== undefined) return refused
    const { make, seq, since, rows } = state
    if (since === undefined) this.#rows.clear()
    for (const row of rows)
      if (row.bytes === undefined) this.#rows.delete(row.key)
      else this.#rows.set(row.key, row)
    this.#head = { make, seq }
    return 'saved'
  }

  load(): BaselineState | undefined {
    return this.#head && { ...this.#head, rows: [...this.#rows.values()] }
  }
}
