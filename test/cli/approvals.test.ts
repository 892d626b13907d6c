import { join } from 'node:path'
import { beforeEach, describe, expect, it, test } from 'vitest'
import { operatorName } from '../../src/cli/operator.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { tempDir } from '../support/guards.ts'
import { sentinel } from './run.ts'

const RULES = {
  version: '1.0',
  rules: [
    { id: 'ask', function_pattern: 'pay', conditions: [], action: 'require_approval', message: 'Over the limit.' },
  ],
}

let db: string
let ran: object[]

/** A guard on the log, for as long as `work` takes. */
async function guarded<Result>(work: (pay: (params: object) => Promise<unknown>, guard: Sentinel) => Promise<Result>) {
  const guard = new Sentinel({ auditLogPath: db, rules: RULES, approvalMode: 'suspend', logger: false })
  const pay = guard.wrap('pay', async (params: object) => {
    ran.push(params)
    return 'paid'
  })
  try {
    return await work(pay, guard)
  } finally {
    await guard.close()
  }
}

/** A call that waits; resolves to the id of its approval. */
const waiting = (params: object): Promise<string> =>
  guarded(async (pay) => {
    const error = await pay(params).catch((thrown: unknown) => thrown)
    return (error as { approvalId: string }).approvalId
  })
const approvals = (...args: readonly string[]) => sentinel(['approvals', ...args, '--db', db])

beforeEach(() => {
  db = join(tempDir(), 'audit.db')
  ran = []
})

describe('sentinel approvals', () => {
  it('lists what waits, the highest risk first, within the terminal', async () => {
    await waiting({ amount: 5, to: 'bob@example.com' })
    const { stdout } = await sentinel(['approvals', 'list', '--db', db], { columns: 80 })
    expect(stdout).toMatch(/^id +risk +tool +what +agent +left\n/)
    expect(stdout).toMatch(/ 0\.0 +pay +/)
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
  })

  it('approves by the end of an id, and the call made again runs once', async () => {
    const id = await waiting({ amount: 5 })
    const { stdout, exitCode } = await approvals('approve', id.slice(-8), '--note', 'called them')
    expect({ stdout, exitCode }).toEqual({ stdout: `Approved by ${operatorName()}: pay (${id}).\n`, exitCode: 0 })
    await guarded(async (pay) => {
      expect(await pay({ amount: 5 })).toBe('paid')
      await expect(pay({ amount: 5 })).rejects.toMatchObject({ code: 'APPROVAL_PENDING' })
    })
    expect(ran).toEqual([{ amount: 5 }])
  })

  it('approves with other arguments, which are what runs', async () => {
    const id = await waiting({ amount: 500, to: 'bob@example.com' })
    await approvals('approve', id, '--params', '{"amount": 100, "to": "bob@example.com"}')
    expect((await approvals('show', id)).stdout).toContain('Arguments instead: {"amount":100,"to":"bob@example.com"}')
    await guarded((pay) => pay({ amount: 500, to: 'bob@example.com' }))
    expect(ran).toEqual([{ amount: 100, to: 'bob@example.com' }])
  })

  it('denies, and says so to the agent with the note', async () => {
    const id = await waiting({ amount: 5 })
    await approvals('deny', id, '--note', 'ask me on Monday')
    await guarded(async (_pay, guard) => {
      await expect(guard.resume(id)).rejects.toMatchObject({
        code: 'APPROVAL_DENIED',
        forModel: { message: 'A human denied this call: ask me on Monday. Do not repeat it unchanged.' },
      })
    })
    expect((await approvals('list', '--state', 'denied', '--json')).stdout).toContain(`"note":"ask me on Monday"`)
  })

  test.each<{ args: readonly string[]; says: RegExp; exitCode: number; because: string }>([
    {
      args: ['approve', 'abcdefgh'],
      says: /no approval whose id ends with abcdefgh/,
      exitCode: 1,
      because: 'none has it',
    },
    { args: ['show', '0'.repeat(36)], says: /there is no approval 0000/, exitCode: 1, because: 'nor a whole id' },
    { args: ['approve', ''], says: /2 approvals end with/, exitCode: 1, because: 'several could be meant' },
    {
      args: ['approve', 'x', '--params', '[1]'],
      says: /must be a JSON object/,
      exitCode: 1,
      because: 'parameters have names',
    },
    { args: ['approve', 'x', '--params', '{'], says: /--params is not JSON/, exitCode: 1, because: 'half an object' },
    {
      args: ['list', '--state', 'maybe'],
      says: /Allowed choices are pending/,
      exitCode: 2,
      because: 'there is no such state',
    },
    { args: ['frobnicate'], says: /unknown command/, exitCode: 2, because: 'nor such a command' },
  ])('$args: $because', async ({ args, says, exitCode }) => {
    await waiting({ amount: 5 })
    await waiting({ amount: 6 })
    const { stderr, ...result } = await approvals(...args)
    expect(stderr).toMatch(says)
    expect(result.exitCode).toBe(exitCode)
  })

  it('[P17] decides once', async () => {
    const id = await waiting({ amount: 5 })
    await approvals('deny', id)
    const { stderr, exitCode } = await approvals('approve', id)
    expect(stderr).toMatch(/was denied by .*The first decision stands/)
    expect(exitCode).toBe(1)
  })
})
