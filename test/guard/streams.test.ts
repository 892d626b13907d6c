import { describe, expect, it } from 'vitest'
import { testGuard } from '../support/guards.ts'

const BLOCK = {
  version: '1.0',
  rules: [
    { id: 'no', function_pattern: '*', conditions: [{ param: 'to', operator: 'gt', value: 10 }], action: 'block' },
  ],
}

const counting = () => {
  const started: number[] = []
  return {
    started,
    async *run({ to }: { to: number }): AsyncGenerator<number> {
      started.push(to)
      for (let n = 1; n <= to; n++) yield n
    },
  }
}
const all = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('a tool that answers in a stream', () => {
  it('is returned at once and decided at the first item', async () => {
    const { sentinel, names } = testGuard()
    const tool = counting()
    const stream = sentinel.wrap('count', tool.run)({ to: 3 })
    expect(await names()).toEqual([])
    expect(await all(stream)).toEqual([1, 2, 3])
    expect(await names()).toEqual(['allow', 'executed'])
  })

  it('does not start when it is blocked', async () => {
    const { sentinel, names } = testGuard({ rules: BLOCK })
    const tool = counting()
    await expect(all(sentinel.wrap('count', tool.run)({ to: 11 }))).rejects.toMatchObject({ code: 'BLOCKED' })
    expect(tool.started).toEqual([])
    expect(await names()).toEqual(['rules_loaded', 'block'])
  })

  it('is judged by its arguments at the time of the call', async () => {
    const { sentinel } = testGuard({ rules: BLOCK })
    const args = { to: 2 }
    const stream = sentinel.wrap('count', counting().run)(args)
    args.to = 50
    expect(await all(stream)).toEqual([1, 2])
  })

  it('is recorded as executed when it is left early, as failed when it throws', async () => {
    const { sentinel, names } = testGuard()
    for await (const item of sentinel.wrap('count', counting().run)({ to: 3 })) if (item === 1) break
    const failing = sentinel.wrap('fail', async function* (): AsyncGenerator<number> {
      yield 1
      throw new TypeError('half way')
    })
    await expect(all(failing())).rejects.toThrow('half way')
    expect(await names()).toEqual(['allow', 'executed', 'allow', 'failed'])
  })

  it('that nobody reads leaves no trace', async () => {
    const { sentinel, names } = testGuard()
    const stream = sentinel.wrap('count', counting().run)({ to: 3 })
    await stream[Symbol.asyncIterator]().return?.()
    expect(await names()).toEqual([])
  })

  it('can be any function with stream: true', async () => {
    const { sentinel } = testGuard()
    const run = ({ to }: { to: number }): ReadableStream<number> =>
      ReadableStream.from(Array.from({ length: to }, (_, index) => index))
    expect(await all(sentinel.wrap('count', run, { stream: true })({ to: 2 }))).toEqual([0, 1])
  })

  it('turns a refusal into a stream by onRefused', async () => {
    const { sentinel } = testGuard({ rules: BLOCK })
    const tool = sentinel.wrap('count', counting().run, {
      onRefused: async function* () {
        yield -1
      },
    })
    expect(await all(tool({ to: 11 }))).toEqual([-1])
  })

  it('with a call id runs once', async () => {
    const { sentinel } = testGuard()
    const tool = counting()
    const count = sentinel.wrap('count', tool.run)
    const once = () => sentinel.as({ callId: 'c1' }, () => all(count({ to: 2 })))
    expect(await once()).toEqual([1, 2])
    await expect(once()).rejects.toMatchObject({ code: 'CALL_ALREADY_RAN' })
    expect(tool.started).toEqual([2])
  })
})
