import type { BaselineSave, BaselineState, StateRow } from '../domain/baseline.ts'

/** What the scorer knows, for a store in memory. */
export class KeptBaselines {
  #head: Pick<BaselineState, 'make' | 'seq'> | undefined
  readonly #rows = new Map<string, StateRow>()

  save({ make, seq, since, rows }: BaselineSave): 'saved' | 'newer' | 'other-base' {
    const stored = this.#head?.make === make ? this.#head.seq : undefined
    if (stored !== undefined && stored >= seq) return 'newer'
    if (since !== undefined && (stored === undefined || stored < since)) return 'other-base'
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
