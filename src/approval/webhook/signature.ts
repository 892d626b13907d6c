/** Signatures by Standard Webhooks 1.0.0 (standardwebhooks.com), the symmetric scheme. */

import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { EpochMs } from '../../domain/units.ts'

/** A key that signs and verifies; its bytes show nowhere. */
export type WebhookSecret = KeyObject

const SECRET_BYTES_MIN = 24
const SECRET_BYTES_MAX = 64
const SECRET_FORM = /^whsec_(?<base64>[A-Za-z0-9+/]+={0,2})$/

/** How far the sender's clock may be from ours, both ways. */
const TOLERANCE_S = 300
/** A sender signs once for each secret that is being replaced; nobody replaces this many at once. */
const SIGNATURES_READ_MAX = 16

/** Without the full stop: it separates what is signed, so an id with one could be read in two ways. */
const MESSAGE_ID = /^[!-\-/-~]{1,256}$/
const TIMESTAMP = /^\d{1,12}$/

/** What is wrong with a text that should be a secret; undefined when nothing is. Never repeats any of it. */
export function secretProblem(text: unknown): string | undefined {
  const bytes = typeof text === 'string' ? bytesOf(text) : undefined
  const wanted = `expected \`whsec_\` and the base64 of ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} random bytes`
  if (bytes === undefined) return wanted
  const isLongEnough = bytes.length >= SECRET_BYTES_MIN && bytes.length <= SECRET_BYTES_MAX
  return isLongEnough ? undefined : `${wanted}, found ${bytes.length} bytes`
}

/** @param text one in which `secretProblem` finds nothing. */
export const readSecret = (text: string): WebhookSecret => createSecretKey(bytesOf(text) ?? Buffer.alloc(0))

function bytesOf(text: string): Buffer | undefined {
  const base64 = SECRET_FORM.exec(text)?.groups?.base64
  if (base64 === undefined) return undefined
  const bytes = Buffer.from(base64, 'base64')
  // Buffer passes over what it can not read; a secret that was cut must not become a shorter one.
  return bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '') ? bytes : undefined
}

export interface Signed {
  /** Names the message, the same however often it is sent. */
  readonly id: string
  readonly body: string | Uint8Array
}

/** The three headers of a message sent now, signed once with each secret. */
export function signedHeaders(
  { id, body }: Signed,
  { secrets, now }: { readonly secrets: readonly WebhookSecret[]; readonly now: EpochMs },
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(now / 1000))
  const signatures = secrets.map((secret) => `v1,${signature({ id, body }, timestamp, secret)}`)
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

const signature = ({ id, body }: Signed, timestamp: string, secret: WebhookSecret): string =>
  createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')

/** Headers as `fetch` or as `node:http` has them. */
export type MessageHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>

export type Verified = { readonly id: string } | { readonly problem: string }

/** Whether a message was signed with one of the secrets, within five minutes of now. Its body may be read only then. */
export function verify(
  { headers, body }: { readonly headers: MessageHeaders; readonly body: string | Uint8Array },
  { secrets, now }: { readonly secrets: readonly WebhookSecret[]; readonly now: EpochMs },
): Verified {
  const id = headerOf(headers, 'webhook-id')
  const timestamp = headerOf(headers, 'webhook-timestamp')
  const signatures = headerOf(headers, 'webhook-signature')
  if (id === undefined || !MESSAGE_ID.test(id)) return problem('the header `webhook-id` is missing or malformed')
  if (timestamp === undefined || !TIMESTAMP.test(timestamp))
    return problem('the header `webhook-timestamp` is missing or is no number of seconds')
  if (signatures === undefined) return problem('the header `webhook-signature` is missing')

  const given = signatures.split(' ').slice(0, SIGNATURES_READ_MAX)
  const isSigned = secrets.some((secret) => {
    const expected = Buffer.from(`v1,${signature({ id, body }, timestamp, secret)}`)
    return given.some((each) => isSame(expected, Buffer.from(each)))
  })
  if (!isSigned) return problem('the signature is not by a secret that is configured here, or the message was altered')
  // After the signature: only who knows a secret learns anything of our clock.
  const ageS = Math.floor(now / 1000) - Number(timestamp)
  if (ageS > TOLERANCE_S) return problem(`it was signed ${ageS} s ago, at most ${TOLERANCE_S} are taken`)
  if (-ageS > TOLERANCE_S) return problem(`it was signed ${-ageS} s in the future, at most ${TOLERANCE_S} are taken`)
  return { id }
}

const isSame = (expected: Buffer, given: Buffer): boolean =>
  given.length === expected.length && timingSafeEqual(given, expected)

const problem = (text: string): Verified => ({ problem: text })

/** Header names have no case. One that is there twice says two things, so it says nothing. */
function headerOf(headers: MessageHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined
  const found = Object.entries(headers).filter(([key]) => key.toLowerCase() === name)
  const values = found.flatMap(([, value]) => value ?? [])
  const [value, ...others] = values
  return typeof value === 'string' && others.length === 0 ? value : undefined
}
