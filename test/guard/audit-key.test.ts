import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import type { SentinelConfig } from '../../src/config/config.ts'
import { recorder, type TestGuard, tempDir, testGuard } from '../support/guards.ts'

const TEXT = 'a key of at least thirty-two bytes'
const RULES = {
  version: '1.0',
  rules: [{ id: 'ask', function_pattern: 'ask', conditions: [], action: 'require_approval' }],
}

/** The mark that a guard stores for a password. */
async function storedMark(guard: TestGuard, password = 'hunter2'): Promise<unknown> {
  await guard.sentinel.wrap('login', async (_: object) => 'in')({ password })
  const events = await guard.events()
  return events.find(({ event }) => event === 'allow')?.params?.password
}

const newPath = (): string => join(tempDir(), '.sentinel', 'audit.db')
const keyFile = (path: string): string => join(dirname(path), 'audit.key')

describe('the marks of secrets', () => {
  it('[P14] are keyed, and the log does not hold the key', async () => {
    const auditLogPath = newPath()
    expect(await storedMark(testGuard({ auditLogPath }))).toMatch(/^\[redacted:[0-9a-f]{16}\]$/)
    const key = readFileSync(keyFile(auditLogPath))
    for (const file of ['audit.db', 'audit.db-wal'])
      expect(readFileSync(join(dirname(auditLogPath), file)).includes(key)).toBe(false)
  })

  it('are the same after a restart', async () => {
    const auditLogPath = newPath()
    const first = testGuard({ auditLogPath })
    const mark = await storedMark(first)
    await first.sentinel.close()
    expect(await storedMark(testGuard({ auditLogPath }))).toBe(mark)
  })

  test.each<{ one: SentinelConfig; other: SentinelConfig; same: boolean; because: string }>([
    { one: { auditKey: TEXT }, other: { auditKey: TEXT }, same: true, because: 'a key that is given' },
    { one: { auditKey: TEXT }, other: { auditKey: Buffer.from(TEXT) }, same: true, because: 'text is UTF-8' },
    { one: { auditKey: TEXT }, other: { auditKey: `${TEXT}!` }, same: false, because: 'two keys' },
    { one: {}, other: {}, same: false, because: 'two stores in memory, two random keys' },
  ])('of $one and $other are the same: $same ($because)', async ({ one, other, same }) => {
    expect((await storedMark(testGuard(one))) === (await storedMark(testGuard(other)))).toBe(same)
  })

  it('take the key from the environment, unless another is given; no file is made then', async () => {
    const mark = await storedMark(testGuard({ auditKey: TEXT }))
    const auditLogPath = newPath()
    const environment = { SENTINEL_AUDIT_KEY: TEXT }
    expect(await storedMark(testGuard({ auditLogPath }, { environment }))).toBe(mark)
    expect(existsSync(keyFile(auditLogPath))).toBe(false)
    expect(await storedMark(testGuard({ auditKey: `${TEXT}!` }, { environment }))).not.toBe(mark)
  })

  it('[P14] are not given away by the digest of the arguments: it is keyed too, where some of them are secret', async () => {
    const digestsWith = async (auditKey: string): Promise<readonly (string | undefined)[]> => {
      const { sentinel, events } = testGuard({ auditKey })
      const pay = sentinel.wrap('pay', async (_: object) => 'paid')
      for (const params of [{ pin: '1234', password: '1234' }, { amount: 5 }]) await pay(params)
      return (await events()).flatMap(({ event, digest }) => (event === 'allow' ? [digest] : []))
    }
    const [secret, plain] = await digestsWith(TEXT)
    const [again, same] = await digestsWith(TEXT)
    const [other, alike] = await digestsWith(`${TEXT}!`)
    expect([again, same, alike]).toEqual([secret, plain, plain])
    expect(other).not.toBe(secret)
  })

  it('do not change when the caller changes the bytes of the key later', async () => {
    const auditKey = Buffer.from(TEXT)
    const guard = testGuard({ auditKey })
    auditKey.fill(0)
    expect(await storedMark(guard)).toBe(await storedMark(testGuard({ auditKey: TEXT })))
  })

  it('[P2] are plain for an approver and his context, who can not compare them', async () => {
    const shown: unknown[] = []
    const guard = testGuard({ rules: RULES, approval: (request) => shown.push(request) > 0 })
    const facts = (params: object): object => {
      shown.push(params)
      return { ...params, password: 'another' }
    }
    const ask = guard.sentinel.wrap('ask', async (_: object) => 'done', { context: facts })
    await ask({ password: 'hunter2', url: 'https://x.example/?token=abc', body: '{"pin":1}', amount: 5 })
    const plain = {
      password: '[redacted]',
      url: 'https://x.example/?token=[redacted]',
      body: '{"pin":"[redacted]"}',
      amount: 5,
    }
    expect(shown).toMatchObject([plain, { params: plain, context: plain }])
    expect((await guard.events()).at(1)?.params?.url).toMatch(/token=\[redacted:[0-9a-f]{16}\]$/)
  })

  it('[P2] are plain in messages', async () => {
    const said: unknown[] = []
    const say = (...what: unknown[]): void => void said.push(...what)
    const guard = testGuard({ rules: RULES, logger: { debug: say, info: say, warn: say, error: say } })
    const set = guard.sentinel.wrap('set', async (_: object) => 'set', {
      destinations: { params: ['token'], whenNew: 'escalate' },
    })
    for (const token of ['a', 'b', 'c', 'a', 'b']) await set({ token })
    const refusal = await set({ token: 'd' }).catch((error: Error & { forModel: unknown }) => error)
    expect(String(refusal)).toContain("goes to a destination never seen before ('[redacted]')")
    expect(await set({ token: 'c' })).toBe('set')
    const reasons = (await guard.events()).flatMap((event) => [...event.reasons, ...event.signals, event.note])
    expect(JSON.stringify([said, reasons, refusal, (refusal as { forModel: unknown }).forModel])).not.toMatch(
      /\[redacted:/,
    )
  })
})

describe('a key that can not be had is a log that can not be kept', () => {
  /** A guard whose key file is a directory. */
  function withoutKey(config: SentinelConfig = {}): TestGuard & { readonly mend: () => void } {
    const auditLogPath = newPath()
    mkdirSync(keyFile(auditLogPath), { recursive: true })
    const mend = (): void => rmSync(keyFile(auditLogPath), { recursive: true })
    return { ...testGuard({ auditLogPath, ...config }), mend }
  }

  it('[F7] [P11] secure: the tool does not run, and does without a restart when the cause is gone', async () => {
    const { sentinel, mend, events } = withoutKey()
    const { run, calls } = recorder('in')
    const login = sentinel.wrap('login', run)
    for (const params of [{ password: 'hunter2' }, { amount: 5 }])
      await expect(login(params)).rejects.toMatchObject({
        code: 'AUDIT_UNAVAILABLE',
        message: expect.stringMatching(
          /The audit key at .*audit\.key.* is a directory, expected a file\. Move it away/s,
        ),
      })
    await expect(sentinel.ready()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(calls).toEqual([])
    mend()
    expect(await login({ password: 'hunter2' })).toBe('in')
    expect(JSON.stringify(await events())).not.toContain('hunter2')
  })

  it('[F7] [P14] safe: the tool runs with a fault, and the secret stays hidden', async () => {
    const said: unknown[] = []
    const { sentinel } = withoutKey({ failMode: 'safe' })
    sentinel.on('fault', (fault) => said.push(fault))
    sentinel.on('decision', (decision) => said.push(decision))
    expect(await sentinel.wrap('login', recorder('in').run)({ password: 'hunter2' })).toBe('in')
    expect(said).toMatchObject([{ stage: 'audit' }, { stage: 'audit' }, { params: { password: '[redacted]' } }])
    expect(JSON.stringify(said)).not.toContain('hunter2')
  })

  it('is nothing to a guard without a file of its own', async () => {
    const environment = { SENTINEL_AUDIT_PATH: join(tempDir(), 'nowhere', 'audit.db') }
    const guard = testGuard({ store: createMemoryStore() }, { environment })
    expect(await storedMark(guard)).toMatch(/^\[redacted:/)
  })
})
