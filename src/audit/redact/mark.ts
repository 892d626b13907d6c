import { createHmac, type KeyObject } from 'node:crypto'
import { emptyObject, isPlainArray, isPlainObject, type Plain } from '../../domain/plain.ts'
import { DIGEST_HEX_CHARS, markOf, REDACTED } from '../../domain/redacted.ts'
import type { Digest } from '../../domain/units.ts'
import { toJsonText } from '../../support/json.ts'

/** What stands in place of a secret. */
export type Mark = (secret: Plain) => string

/** The key of the digests, asked for at most once a call; undefined while there is none to be had. */
export type RedactionKey = () => KeyObject | undefined

/** A mebibyte of text can hold a hundred thousand secrets, and a digest takes microseconds. */
const DIGESTS_PER_CALL_MAX = 10_000

/** For messages: says only that something was redacted. */
export const plainMark: Mark = () => REDACTED

/**
 * For the values of one call: the same secret has the same mark wherever it stands, and only who has the key can tell which secret it
 * is. Without a key, and beyond 10,000 secrets, marks are plain: hiding comes before telling apart.
 */
export function keyedMark(currentKey: RedactionKey): Mark {
  let left = DIGESTS_PER_CALL_MAX
  let known: { readonly key: KeyObject | undefined } | undefined
  return (secret) => {
    known ??= { key: currentKey() }
    return known.key === undefined || left-- <= 0 ? REDACTED : markOf(digestOf(secret, known.key))
  }
}

/** HMAC-SHA-256 over JSON, in which text is quoted and so never equals a number of the same digits. */
const digestOf = (secret: Plain, key: KeyObject): string =>
  createHmac('sha256', key)
    .update(toJsonText(inOrder(secret)))
    .digest('hex')
    .slice(0, DIGEST_HEX_CHARS)

/**
 * The digest of arguments of which some are secret, as it may be stored: a short secret could be guessed from the plain one. The same
 * arguments have the same one wherever the key is the same; without a key it stays as it is.
 */
export function keyedDigest(digest: Digest, key: KeyObject | undefined): Digest {
  if (key === undefined) return digest
  return createHmac('sha256', key).update(`arguments ${digest}`).digest('hex') as Digest
}

/** The order of its keys makes no other value. */
function inOrder(value: Plain): Plain {
  if (isPlainArray(value)) return value.map(inOrder)
  if (!isPlainObject(value)) return value
  const ordered = emptyObject()
  for (const key of Object.keys(value).sort()) ordered[key] = inOrder(value[key] as Plain)
  return ordered
}
