import { type AuditKey, givenKey, keyBeside, randomKey } from './audit/key.ts'
import type { RedactionKey } from './audit/redact/mark.ts'
import type { Settings } from './config/config.ts'

/** The key of a guard: what is configured, else a file beside the log, else a random one for this process. */
export function keyOf({ auditKey, store, auditLog, auditLogPath }: Settings): AuditKey {
  if (auditKey !== undefined) return givenKey(auditKey)
  return store !== undefined || !auditLog ? randomKey() : keyBeside(auditLogPath)
}

/** Without a key a secret is hidden all the same. What else a missing key means is for `ready()` to say, as of the log itself. */
export const redactionKey =
  (key: AuditKey): RedactionKey =>
  () => {
    try {
      return key.for('redaction')
    } catch {
      return undefined
    }
  }
