import type { ApprovalAnswer, ApprovalRequest } from '../domain/approval.ts'
import { messageOf } from '../support/messages.ts'
import { printable } from '../support/printable.ts'
import { abortReason } from './time-limit.ts'

const BY_CHARS_MAX = 200
const NOTE_CHARS_MAX = 2_000
const BECAUSE_CHARS_MAX = 500

/** Who answered, and what they want to be remembered of it. */
export interface Signature {
  readonly by: string
  readonly note: string | undefined
}

type Requester = Pick<ApprovalRequest, 'agentId' | 'sessionId'> & Partial<Pick<ApprovalRequest, 'barred' | 'approvers'>>

export type Unavailable = Extract<ApprovalAnswer, { outcome: 'unavailable' }>

export const unavailable = (because: string): Unavailable => ({ outcome: 'unavailable', because })

/** What an approver threw, as text that is safe to log. Never throws itself. */
export function thrownBy(approver: string, error: unknown): Unavailable {
  try {
    const message = printable(String(messageOf(error)).slice(0, BECAUSE_CHARS_MAX))
    return unavailable(`the ${approver} approver failed: ${message}`)
  } catch {
    return unavailable(`the ${approver} approver failed with an error that can not be read`)
  }
}

const folded = (name: string): string => name.normalize('NFKC').trim().toLowerCase()
const sameName = (a: string, b: string): boolean => folded(a) === folded(b)

/** `Root`, ` root` and `ro\u200bot` are one name here: it is better to refuse an approver than to let an agent answer for itself. */
const looksLike = (a: string, b: string | undefined): boolean =>
  b !== undefined && folded(visible(a)) === folded(visible(b))
const visible = (name: string): string => name.replace(UNSEEN, '')
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Reads who answered a request. The name must be text with something in it, of at most 200 characters, not the agent or the session
 * that asks nor anybody else who is barred, and one of the approvers where they are named; the note, if there is one, text of at most 2,000.
 * @returns what is wrong and what was wanted, when it can not be taken.
 */
export function readSignature(by: unknown, note: unknown, requester: Requester): Signature | string {
  if (typeof by !== 'string' || visible(by).trim() === '') return '`by` must be a text that names who decided'
  if (by.length > BY_CHARS_MAX) return `\`by\` must have at most ${BY_CHARS_MAX} characters, found ${by.length}`
  if (looksLike(by, requester.agentId)) return '`by` is the agent that asks; somebody else must decide'
  if (looksLike(by, requester.sessionId)) return '`by` is the session that asks; somebody else must decide'
  if (requester.barred?.some((name) => looksLike(by, name)))
    return '`by` is on whose behalf the agent asks; somebody else must decide'
  if (requester.approvers?.some((name) => sameName(by, name)) === false)
    return '`by` is none of those who may decide (`approvers`)'
  if (note === undefined || note === null) return { by, note: undefined }
  if (typeof note !== 'string') return `\`note\` must be text, found ${typeof note}`
  if (note.length > NOTE_CHARS_MAX)
    return `\`note\` must have at most ${NOTE_CHARS_MAX} characters, found ${note.length}`
  return { by, note }
}

/** Waits for an answer no longer than the signal allows, whether or not the one who was asked listens to it. */
export async function answerUnlessAborted(
  answer: Promise<ApprovalAnswer>,
  signal: AbortSignal,
): Promise<ApprovalAnswer> {
  const { promise: aborted, resolve } = Promise.withResolvers<ApprovalAnswer>()
  const stop = (): void => resolve(unavailable(abortReason(signal)))
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([aborted, answer])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
