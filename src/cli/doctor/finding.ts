import { messageOf } from '../../support/messages.ts'

/** `warn`: it works, and may not be what is wanted. `fail`: it does not. */
export type Status = 'ok' | 'warn' | 'fail'

/** What one check has found. */
export interface Finding {
  readonly check: string
  readonly status: Status
  readonly found: string
  /** What to do about it. */
  readonly remedy?: string
}

export const ok = (check: string, found: string): Finding => ({ check, status: 'ok', found })
export const warn = (check: string, found: string, remedy: string): Finding => ({
  check,
  status: 'warn',
  found,
  remedy,
})
export const fail = (check: string, found: string, remedy?: string): Finding => ({
  ...{ check, status: 'fail', found },
  ...(remedy === undefined ? {} : { remedy }),
})

/** A check that throws has found something too: the errors of the guard name the remedy themselves. */
export async function finding(check: string, look: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    return fail(check, messageOf(error).replaceAll(/\s*\n\s*/g, ' '))
  }
}
