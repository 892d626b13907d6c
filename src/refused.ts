import { isSentinelError, SentinelError } from './errors.ts'
import { messageOf } from './support/messages.ts'

/**
 * Carries a refusal of the guard past the tool's own errors: a tool may itself call guarded tools and throw what they throw, and
 * `onRefused` is for the refusal of this call alone. Never leaves the guard.
 */
export class Refused extends Error {
  readonly refusal: SentinelError
  constructor(refusal: SentinelError) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/**
 * Runs a part of the guard. Whatever it throws is a refusal: a guard that fails in a way nobody foresaw lets nothing through.
 * @throws Refused
 */
export async function refusing<Result>(part: () => Promise<Result>): Promise<Result> {
  try {
    return await part()
  } catch (error) {
    throw new Refused(refusalOf(error))
  }
}

/** As `refusing`, for a part that does not wait. @throws Refused */
export function refusingNow<Result>(part: () => Result): Result {
  try {
    return part()
  } catch (error) {
    throw new Refused(refusalOf(error))
  }
}

function refusalOf(error: unknown): SentinelError {
  if (error instanceof Refused) return error.refusal
  if (isSentinelError(error)) return error
  return new SentinelError('GUARD_FAILED', `The guard failed, so the call was refused: ${messageOf(error)}`, {
    cause: error,
  })
}
