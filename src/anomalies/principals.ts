import type { Archive, Kept } from '../support/archive.ts'
import { COLD_PRINCIPALS_MAX, DAY_MS, NEWCOMER_DAYS_MIN, NEWCOMER_DAYS_SHARE, PRINCIPALS_MAX } from './limits.ts'

/** An agent acted for somebody it never acted for before. */
export interface PrincipalFacts {
  readonly type: 'new_principal'
  readonly principalId: string
  /** How many it acted for before. */
  readonly known: number
}

/** For whom an agent acts, and on how many of its days somebody new came. */
export class Principals implements Kept {
  readonly #known = new Map<string, true>()
  #day: number | undefined
  /** Days before this one. */
  #days = 0
  #newcomerDays = 0
  #isNewcomerDay = false

  take(at: number, isWarm: boolean, principalId: string): PrincipalFacts | undefined {
    this.#beginDay(Math.floor(at / DAY_MS))
    if (this.#known.has(principalId) || this.#known.size >= PRINCIPALS_MAX) return undefined
    const known = this.#known.size
    this.#known.set(principalId, true)
    this.#isNewcomerDay = true
    const isNews = isWarm ? !this.#newcomersAreUsual : known < COLD_PRINCIPALS_MAX
    return isNews ? { type: 'new_principal', principalId, known } : undefined
  }

  exchange(archive: Archive): void {
    archive.entries(this.#known, () => true)
    this.#day = archive.optional(this.#day, (day = 0) => archive.number(day))
    this.#days = archive.number(this.#days)
    this.#newcomerDays = archive.number(this.#newcomerDays)
    this.#isNewcomerDay = archive.number(Number(this.#isNewcomerDay)) === 1
  }

  get #newcomersAreUsual(): boolean {
    return this.#newcomerDays >= NEWCOMER_DAYS_MIN && this.#newcomerDays > NEWCOMER_DAYS_SHARE * this.#days
  }

  #beginDay(day: number): void {
    if (day === this.#day) return
    if (this.#day !== undefined) {
      this.#days += 1
      if (this.#isNewcomerDay) this.#newcomerDays += 1
    }
    this.#day = day
    this.#isNewcomerDay = false
  }
}
