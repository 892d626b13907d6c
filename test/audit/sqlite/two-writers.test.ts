import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AuditStore } from '../../../src/audit/store.ts'
import { entry } from '../entries.ts'
import { sqlitePlace } from './place.ts'

type Step = { readonly by: 0 | 1; readonly does: 'append' | 'fail' | 'prune' }

const anySteps = (): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      by: fc.constantFrom(0 as const, 1 as const),
      does: fc.constantFrom(...(['append', 'append', 'append', 'fail', 'prune'] as const)),
    }),
    { maxLength: 15 },
  )

it('[P13] two writers on one log make one chain, also when some of their transactions fail', async () => {
  await fc.assert(
    fc.asyncProperty(anySteps(), async (steps) => {
      const place = sqlitePlace()
      let fails = false
      class Failing extends BetterSqlite3 {
        constructor(path: string, options?: BetterSqlite3.Options) {
          super(path, { ...options, verbose: (sql) => this.#told(String(sql)) })
        }
        #told(sql: string): void {
          // Full, which leaves the connection open; after the rows were added.
          if (fails && sql === 'COMMIT') throw Object.assign(new Error('database is full'), { code: 'SQLITE_FULL' })
        }
      }
      const stores: readonly [AuditStore, AuditStore] = [place.open({}, Failing), place.open({}, Failing)]
      for (const { by, does } of steps) {
        fails = does === 'fail'
        if (does === 'prune') await stores[by].prune({ before: '2000-01-01' })
        else await stores[by].append([entry(), entry()]).catch(() => expect(fails).toBe(true))
        fails = false
      }
      expect((await stores[0].verify()).status).not.toBe('broken')
      for (const store of stores) await store.close()
      place.remove()
    }),
    { numRuns: 60 },
  )
})
