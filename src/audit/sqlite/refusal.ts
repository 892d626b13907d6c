/** Why a place can not hold the audit log, found before anything was changed. */
export class Refusal extends Error {
  /** What the reader of the message can do. */
  readonly remedy: string

  constructor(reason: string, remedy: string) {
    super(reason)
    this.remedy = remedy
  }
}
