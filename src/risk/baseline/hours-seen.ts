/** Which hours of the day saw a learned call. */
export class HoursSeen {
  /** One bit for each hour. */
  #bits = 0

  learn(hour: number): void {
    this.#bits |= 1 << hour
  }

  has(hour: number): boolean {
    return (this.#bits & (1 << hour)) !== 0
  }
}
