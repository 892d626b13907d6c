const DAY_CHARACTERS = 10
const TIME_CHARACTERS = 24

/**
 * Reads the times of events, which come by the million and mostly from the same day: ISO 8601, UTC, milliseconds, as the log writes
 * them. Several times as fast as `Date.parse`, which reads what is written otherwise.
 */
export class EventTimes {
  #day = ''
  #dayMs = 0

  /** Milliseconds since 1970; NaN for what is not a time. */
  read(time: string): number {
    if (time.length !== TIME_CHARACTERS || !time.endsWith('Z')) return Date.parse(time)
    if (!time.startsWith(this.#day) || this.#day === '') {
      this.#day = time.slice(0, DAY_CHARACTERS)
      this.#dayMs = Date.parse(this.#day)
    }
    const [hour, minute, second] = [two(time, 11), two(time, 14), two(time, 17)]
    return this.#dayMs + ((hour * 60 + minute) * 60 + second) * 1_000 + two(time, 20) * 10 + digit(time, 22)
  }
}

const ZERO = 48
function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO
  return value >= 0 && value <= 9 ? value : Number.NaN
}
const two = (text: string, at: number): number => 10 * digit(text, at) + digit(text, at + 1)
