const BAR_COLUMNS = 24
const STEPS = 200

/** A progress bar on standard error, only where that is a terminal. It shows and decides nothing. */
export class Progress {
  readonly #stream: NodeJS.WriteStream
  readonly #size: number | undefined
  #step = -1

  /** @param size what `at` goes up to; undefined: no bar. */
  constructor(stream: NodeJS.WriteStream, size: number | undefined) {
    this.#stream = stream
    this.#size = stream.isTTY ? size : undefined
  }

  at(done: number): void {
    if (!this.#size) return
    const share = Math.min(1, done / this.#size)
    const step = Math.floor(share * STEPS)
    if (step === this.#step) return
    this.#step = step
    const full = Math.round(share * BAR_COLUMNS)
    this.#stream.write(
      `\r${'█'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)} ${String(Math.floor(share * 100)).padStart(3)} %`,
    )
  }

  end(): void {
    if (this.#step >= 0) this.#stream.write(`\r${' '.repeat(BAR_COLUMNS + 6)}\r`)
  }
}
