import { join } from 'node:path'
import type { SentinelConfig } from '../../src/config/config.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { tempDir } from '../support/guards.ts'

export const RULES = {
  version: '1.0',
  rules: [{ id: 'no', function_pattern: 'wipe*', conditions: [], action: 'block', message: 'No wiping.' }],
}

/** A guard with a log of its own in a fresh directory, and the place of that log. */
export function guardWithLog(config: SentinelConfig = {}): { readonly guard: Sentinel; readonly auditLogPath: string } {
  const auditLogPath = join(tempDir(), 'audit.db')
  return { guard: new Sentinel({ auditLogPath, logger: false, auditDurability: 'normal', ...config }), auditLogPath }
}

/** A log with an allowed, a failed and a blocked call in it. */
export async function logged(): Promise<string> {
  const { guard, auditLogPath } = guardWithLog({ rules: RULES })
  await guard.wrap('pay', async (_: object) => 'paid')({ amount: 5, note: 'a\u001b[31mred' })
  await guard.as({ agentId: 'other' }, () =>
    guard
      .wrap('fail', async () => Promise.reject(new TypeError('x')))()
      .catch(() => undefined),
  )
  await guard
    .wrap('wipe_all', async () => 'gone')()
    .catch(() => undefined)
  await guard.close()
  return auditLogPath
}
