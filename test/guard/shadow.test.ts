import { expect, it } from 'vitest'
import { FaultyStore } from '../fault/faulty-store.ts'
import { recorder, testGuard } from '../support/guards.ts'

const RULES = {
  version: '1.0',
  rules: [
    { id: 'no', function_pattern: 'pay', conditions: [], action: 'block' },
    { id: 'ask', function_pattern: 'mail', conditions: [], action: 'require_approval' },
  ],
}

it('refuses nothing and records what it would have done', async () => {
  const { sentinel, events } = testGuard({ shadow: true, rules: RULES })
  expect(await sentinel.wrap('pay', async () => 'paid')()).toBe('paid')
  expect(await sentinel.wrap('mail', async () => 'sent')()).toBe('sent')
  const decisions = (await events()).filter(({ event }) => event === 'block' || event === 'approval_requested')
  expect(decisions.map(({ event, enforced, lesson }) => [event, enforced, lesson])).toEqual([
    ['block', false, undefined],
    ['approval_requested', false, undefined],
  ])
})

it('asks nobody', async () => {
  let asked = 0
  const { sentinel } = testGuard({ shadow: true, rules: RULES, approval: () => ++asked > 0 })
  await sentinel.wrap('mail', async () => 'sent')()
  expect(asked).toBe(0)
})

it('does not learn what it would have refused', async () => {
  const { sentinel } = testGuard({ shadow: true })
  const pay = sentinel.wrap('pay', async (_: { amount: number }) => 1)
  for (const amount of [50, 60, 70, 80, 90]) await pay({ amount })
  for (let time = 0; time < 5; time++) await pay({ amount: 5000 })
  expect(await sentinel.check({ tool: 'pay', params: { amount: 5000 } })).toMatchObject({ risk: 10, samples: 5 })
})

it('lets arguments that can not be judged through as given, and says so', async () => {
  const { sentinel, events } = testGuard({ shadow: true })
  const tool = recorder(1)
  const run = (): number => 1
  await sentinel.wrap('pay', tool.run)({ run })
  expect(tool.calls).toEqual([{ run }])
  expect((await events())[0]).toMatchObject({
    event: 'block',
    enforced: false,
    reasons: [{ source: 'fault', stage: 'arguments' }],
  })
})

it('runs without a log, with a fault event', async () => {
  const broken = new FaultyStore(() => true)
  const { sentinel } = testGuard({ shadow: true, store: broken })
  const faults: string[] = []
  sentinel.on('fault', ({ stage, message }) => void faults.push(`${stage}: ${message}`))
  expect(await sentinel.wrap('pay', async () => 'paid')()).toBe('paid')
  expect(faults.join('\n')).toContain('disk full')
})
