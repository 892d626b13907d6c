import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SentinelRulesError } from '../../src/errors.ts'
import { tempDir, testGuard } from '../support/guards.ts'

const rules = (action: string) => ({
  version: '1.0',
  rules: [{ id: 'pay', function_pattern: 'pay', conditions: [], action }],
})
const fileOf = (action: string): string => {
  const path = join(tempDir(), 'rules.json')
  writeFileSync(path, JSON.stringify(rules(action)))
  return path
}

describe('[F1] rules that can not be used', () => {
  it.each([
    ['inline', { rules: { version: '1.0', rules: [{ id: 'x' }] } }],
    ['in a file that is not there', { rulesPath: '/nowhere/rules.json' }],
  ])('%s: the guard does not start', (_what, config) => {
    expect(() => testGuard(config)).toThrow(SentinelRulesError)
  })
})

describe('reloadRules', () => {
  it('puts the new set in force as a whole and says so in the log', async () => {
    const rulesPath = fileOf('block')
    const { sentinel, events } = testGuard({ rulesPath })
    const pay = sentinel.wrap('pay', async () => 'paid')
    await expect(pay()).rejects.toMatchObject({ code: 'BLOCKED' })
    writeFileSync(rulesPath, JSON.stringify(rules('allow')))
    const { status, digest, size } = await sentinel.reloadRules()
    expect([status, size]).toEqual(['loaded', 1])
    expect(await pay()).toBe('paid')
    const loaded = (await events()).filter(({ event }) => event === 'rules_loaded')
    expect(loaded.map(({ rulesDigest }) => rulesDigest).at(-1)).toBe(digest)
    expect(loaded).toHaveLength(2)
  })

  it('notices when nothing changed', async () => {
    const { sentinel, names } = testGuard({ rulesPath: fileOf('block') })
    await sentinel.ready()
    expect(await sentinel.reloadRules()).toMatchObject({ status: 'unchanged' })
    expect(await names()).toEqual(['rules_loaded'])
  })

  it('[F2] [P4] keeps the last good rules when the file is bad, throws, and says so in the log', async () => {
    const rulesPath = fileOf('block')
    const { sentinel, events } = testGuard({ rulesPath })
    await sentinel.ready()
    writeFileSync(rulesPath, '{ "version": "1.0", "rules": [ {')
    await expect(sentinel.reloadRules()).rejects.toBeInstanceOf(SentinelRulesError)
    await expect(sentinel.wrap('pay', async () => 'paid')()).rejects.toMatchObject({ code: 'BLOCKED' })
    expect((await events()).map(({ event }) => event)).toEqual(['rules_loaded', 'rules_rejected', 'block'])
  })

  it('has nothing to read when the rules are inline', async () => {
    const { sentinel } = testGuard({ rules: rules('block') })
    await expect(sentinel.reloadRules()).rejects.toMatchObject({ code: 'RULES_INVALID' })
  })

  it('[P5] names the set that judged in each record', async () => {
    const rulesPath = fileOf('warn')
    const { sentinel, events } = testGuard({ rulesPath })
    const pay = sentinel.wrap('pay', async () => 'paid')
    await pay()
    writeFileSync(rulesPath, JSON.stringify(rules('allow')))
    const { digest } = await sentinel.reloadRules()
    await pay()
    const [first, second] = (await events()).filter(({ event }) => event === 'warn' || event === 'allow')
    expect(first?.rulesDigest).not.toBe(digest)
    expect(second?.rulesDigest).toBe(digest)
  })
})

describe('watchRules', () => {
  it('reads a file again that was replaced, as editors and deployments do, once for each change', async () => {
    const rulesPath = fileOf('block')
    const { sentinel, clock, names } = testGuard({ rulesPath, watchRules: true })
    await sentinel.ready()
    const pay = sentinel.wrap('pay', async () => 'paid')
    const next = `${rulesPath}.next`
    writeFileSync(next, JSON.stringify(rules('allow')))
    renameSync(next, rulesPath)
    const code = () => pay().catch((error: { code: string }) => error.code)
    await expect.poll(() => clock.advance(100).then(code), { timeout: 5_000 }).toBe('paid')
    writeFileSync(rulesPath, 'not rules')
    await expect.poll(() => clock.advance(100).then(names), { timeout: 5_000 }).toContain('rules_rejected')
    writeFileSync(`${rulesPath}.other`, 'another file of the directory')
    await clock.advance(1_000)
    expect(await pay()).toBe('paid')
    expect((await names()).filter((name) => name.startsWith('rules_'))).toEqual([
      'rules_loaded',
      'rules_loaded',
      'rules_rejected',
    ])
  })

  it('stops with the guard', async () => {
    const { sentinel, clock } = testGuard({ rulesPath: fileOf('block'), watchRules: true })
    await sentinel.close()
    expect(clock.timers).toBe(0)
  })
})
