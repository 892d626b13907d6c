import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { KEY_BYTES, readKey, readOrMakeKey } from './key-file.ts'
import { unavailable } from './sqlite/failure.ts'
import { statusOf } from './sqlite/place.ts'

/** A key that is given may be longer. */
export const KEY_BYTES_MIN: number = KEY_BYTES
const KEY_FILE = 'audit.key'

/** Each has a key of its own: what one gives away says nothing about the other. */
export type KeyPurpose = 'redaction' | 'chain'

/** The secret behind everything in the log that only its owner may compute. */
export interface AuditKey {
  /**
   * The key for one purpose (HKDF-SHA-256), always the same.
   * @throws SentinelAuditUnavailableError while the key can not be had; the next call tries again.
   */
  for(purpose: KeyPurpose): KeyObject
}

export const givenKey = (key: KeyObject): AuditKey => auditKey(() => key)

/** Ends with the process: digests of two runs can not be compared. */
export const randomKey = (): AuditKey => givenKey(createSecretKey(randomBytes(KEY_BYTES)))

const keyPath = (database: string): string => join(dirname(resolve(database)), KEY_FILE)

/**
 * The key beside a database that is only read; undefined when there is none.
 * @throws SentinelAuditUnavailableError when it can not be read.
 */
export function readKeyBeside(database: string): Uint8Array | undefined {
  const path = keyPath(database)
  try {
    return statusOf(path) === undefined ? undefined : readKey(path)
  } catch (error) {
    throw unavailable(`The audit key at ${path}`, error)
  }
}

/** The key in the file `audit.key` beside a database: read, or made, at its first use. A relative path is resolved now. */
export function keyBeside(database: string): AuditKey {
  const path = keyPath(database)
  return auditKey(() => {
    try {
      return createSecretKey(readOrMakeKey(path))
    } catch (error) {
      throw unavailable(`The audit key at ${path}`, error)
    }
  })
}

function auditKey(load: () => KeyObject): AuditKey {
  const derived = new Map<KeyPurpose, KeyObject>()
  let root: KeyObject | undefined
  return Object.freeze<AuditKey>({
    for(purpose) {
      root ??= load()
      const key = derived.get(purpose) ?? derivedKey(root, purpose)
      derived.set(purpose, key)
      return key
    },
  })
}

const derivedKey = (root: KeyObject, purpose: KeyPurpose): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', root, '', `sentinel-guard ${purpose}`, KEY_BYTES)))
