import { createSecretKey, type KeyObject } from 'node:crypto'
import { createRedactor, type Redactor, type RedactorOptions } from '../../../src/audit/redact/redactor.ts'
import type { Params } from '../../../src/domain/plain.ts'
import { withPlainMarks } from '../../../src/domain/redacted.ts'

export const keyOf = (letter: string): KeyObject => createSecretKey(Buffer.from(letter.repeat(32)))

/** A redactor with a key that is always the same. */
export const redactorWith = (options: Partial<RedactorOptions> = {}): Redactor => {
  const key = keyOf('k')
  return createRedactor({ key: () => key, ...options })
}

/** What is left of parameters, whatever the digests are. */
export const shownBy = (redactor: Redactor, params: Params): Params => withPlainMarks(redactor.redact(params))
