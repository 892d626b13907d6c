import type { EpochMs } from '../../domain/units.ts'
import type { Clock } from '../../support/clock.ts'
import { inTime } from '../../support/deadline.ts'
import { messageOf } from '../../support/messages.ts'
import type { Checkpoint } from '../checkpoint.ts'
import type { Published } from './head.ts'

/** After a commit, so that a busy log does not write a head for each. */
const COMMITTED_DELAY_MS = 1_000
/** When nothing is written: whoever gets the heads sees that the guard is alive and the log is whole. */
const QUIET_DELAY_MS = 60_000

/** How long closing, or the next head, waits for whoever takes one. */
const HAND_OVER_MAX_MS = 5_000

export interface HeadPorts {
  readonly clock: Clock
  /** Writes the head file; undefined while the log is empty. */
  readonly publish: () => Promise<Published | undefined>
  readonly onCheckpoint: ((head: Checkpoint) => unknown) | undefined
  readonly onTrouble: ((message: string) => void) | undefined
}

/**
 * Writes the head of the chain soon after each commit and now and then in quiet hours, never before the commit it names. Its failing
 * stops no call: it is told, once for each cause.
 */
export class HeadPublisher {
  readonly #ports: HeadPorts
  #timer: { readonly dueMs: number; readonly cancel: () => void } | undefined
  #publishing: Promise<void> | undefined
  #owed = false
  #trouble: string | undefined

  constructor(ports: HeadPorts) {
    this.#ports = ports
  }

  /** Something was written: the head file is behind. */
  committed(): void {
    this.#owed = true
    this.#within(COMMITTED_DELAY_MS)
  }

  /** Publishes what is owed, and nothing after. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#publishing
    if (this.#owed) await this.#publish()
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #within(delayMs: number): void {
    const { clock } = this.#ports
    const dueMs = clock.monotonicMs() + delayMs
    if (this.#timer !== undefined && this.#timer.dueMs <= dueMs) return
    this.#timer?.cancel()
    const cancel = clock.after(delayMs, () => this.#due(), { holdsProcess: false })
    this.#timer = { dueMs, cancel }
  }

  #due(): void {
    this.#timer = undefined
    this.#publishing ??= this.#publish().finally(() => {
      this.#publishing = undefined
    })
  }

  async #publish(): Promise<void> {
    this.#owed = false
    try {
      const published = await this.#ports.publish()
      if (published?.status === 'published') await this.#handOver(published.head)
      this.#tell(published?.status === 'contradicted' ? published.because : undefined)
    } catch (error) {
      this.#tell(`The head of the audit log could not be published: ${messageOf(error)}`)
    }
    this.#within(this.#owed ? COMMITTED_DELAY_MS : QUIET_DELAY_MS)
  }

  async #handOver(head: Checkpoint): Promise<void> {
    const { clock, onCheckpoint } = this.#ports
    if (onCheckpoint === undefined) return
    const deadline = (clock.now() + HAND_OVER_MAX_MS) as EpochMs
    const handed = await inTime(async () => onCheckpoint(head), { clock, deadline, signal: undefined })
    if (handed.status !== 'done') throw new Error(`whoever takes it had not done so after ${HAND_OVER_MAX_MS} ms`)
  }

  #tell(trouble: string | undefined): void {
    if (trouble !== undefined && trouble !== this.#trouble) this.#ports.onTrouble?.(trouble)
    this.#trouble = trouble
  }
}
