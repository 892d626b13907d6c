import { whyNotUsable } from '../../approval/default.ts'
import { messageOf } from '../../support/messages.ts'
import type { Terminal } from '../terminal.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const ANSWER_MAX_MS = 5_000
const SERVER_ERROR = 500

/** Whether somebody can be asked: the webhook that is named, or else a person at this terminal. */
export async function approver({ stdin, stderr }: Terminal, webhook: string | undefined): Promise<Finding> {
  if (webhook !== undefined) return webhookFinding(webhook)
  const why = whyNotUsable({ input: stdin, output: stderr })
  if (why === undefined) return ok('approver', 'a person at this terminal can be asked')
  return warn(
    'approver',
    'nobody can be asked at a terminal here: calls that need approval are refused',
    "set `approval` in the guard's configuration; --webhook <url> looks whether one can be reached",
  )
}

/** Asks for nothing but an answer: no call is approved or shown. */
async function webhookFinding(url: string): Promise<Finding> {
  const remedy = 'look at the address, and whether its server runs and may be reached from here'
  try {
    const { status } = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    })
    return status < SERVER_ERROR
      ? ok('approver', `${url} answers (${status})`)
      : fail('approver', `${url} answers with an error (${status})`, remedy)
  } catch (error) {
    return fail('approver', `${url} can not be reached: ${reasonOf(error)}`, remedy)
  }
}

/** `fetch` says only that it failed; why is in the cause. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error)
