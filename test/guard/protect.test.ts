import { expect, it } from 'vitest'
import { testGuard } from '../support/guards.ts'

const rules = {
  version: '1.0',
  rules: [
    {
      id: 'cap',
      function_pattern: 'transfer_funds',
      conditions: [{ param: 'amount', operator: 'gt', value: 100 }],
      action: 'block',
    },
  ],
}

// Not every runner of tests knows standard decorators, so the decorator is called as the language would; the programs of the docs use it.
it('a decorated method is judged, keeps its `this`, and does not run when it is refused', async () => {
  const { sentinel, names } = testGuard({ rules })
  class Bank {
    balance = 1_000
    async transfer({ amount }: { amount: number }): Promise<number> {
      this.balance -= amount
      return this.balance
    }
  }
  const decorate = sentinel.protect('transfer_funds')
  Bank.prototype.transfer = decorate(Bank.prototype.transfer, { kind: 'method', name: 'transfer' } as never)
  const bank = new Bank()
  expect(await bank.transfer({ amount: 50 })).toBe(950)
  await expect(bank.transfer({ amount: 500 })).rejects.toMatchObject({ code: 'BLOCKED', ruleId: 'cap' })
  expect(bank.balance).toBe(950)
  expect(await names()).toEqual(expect.arrayContaining(['allow', 'executed', 'block']))
})
