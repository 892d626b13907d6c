import { createHmac, hash, type KeyObject } from 'node:crypto'

/** Bytes that SHA-256 takes at a time; a key of HMAC is padded to as many. */
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Room for a text of usual length and what follows it. */
const SCRATCH_BYTES = 65_536
const UTF8_BYTES_MAX = 3

/** A hash of a text, in UTF-8, and of bytes behind it. */
export type LinkHash = (text: string, behind: Uint8Array) => Uint8Array

/** SHA-256. */
export function plainHash(): LinkHash {
  const scratch = Buffer.alloc(SCRATCH_BYTES)
  return (text, behind) => {
    const end = written(scratch, { text, behind, at: 0 })
    // Bytes as text: much faster to hand over than a buffer.
    if (end !== undefined) return Buffer.from(hash('sha256', scratch.subarray(0, end), 'binary'), 'binary')
    return hash('sha256', Buffer.concat([Buffer.from(text), behind]), 'buffer')
  }
}

/**
 * HMAC-SHA-256 (RFC 2104) by two hashes at one go each: a third of the time of `createHmac`, which every event of a log is to be
 * hashed with when it is written and when it is verified.
 */
export function keyedHash(key: KeyObject): LinkHash {
  const given = key.export()
  const bytes = given.length > BLOCK_BYTES ? hash('sha256', given, 'buffer') : given
  const padded = (pad: number): Uint8Array =>
    Uint8Array.from({ length: BLOCK_BYTES }, (_, at) => (bytes[at] ?? 0) ^ pad)
  const inner = Buffer.alloc(SCRATCH_BYTES)
  inner.set(padded(0x36))
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
  outer.set(padded(0x5c))
  return (text, behind) => {
    const end = written(inner, { text, behind, at: BLOCK_BYTES })
    if (end === undefined) return createHmac('sha256', key).update(text).update(behind).digest()
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'binary')
    return Buffer.from(hash('sha256', outer, 'binary'), 'binary')
  }
}

interface Writing {
  readonly text: string
  readonly behind: Uint8Array
  readonly at: number
}

/** Where it ends; undefined when there might not be room. */
function written(scratch: Buffer, { text, behind, at }: Writing): number | undefined {
  if (at + text.length * UTF8_BYTES_MAX + behind.length > scratch.length) return undefined
  const end = at + scratch.write(text, at, 'utf8')
  scratch.set(behind, end)
  return end + behind.length
}
