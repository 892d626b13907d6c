import { describe, expectTypeOf, test } from 'vitest'
import type { SentinelError } from '../../src/errors.ts'
import { Sentinel } from '../../src/sentinel.ts'

declare const sentinel: Sentinel

interface Order {
  amount: number
  note?: string
}

describe('wrapping never loses a type', () => {
  test('parameters, optional ones too', () => {
    const wrapped = sentinel.wrap(
      't',
      (order: Order, urgent?: boolean, times?: number) => `${order.amount}${urgent}${times}`,
    )
    expectTypeOf(wrapped).toEqualTypeOf<(order: Order, urgent?: boolean, times?: number) => Promise<string>>()
  })

  test('a tool that is already async stays as it was', () => {
    const run = async (order: Order): Promise<{ id: string }> => ({ id: String(order.amount) })
    expectTypeOf(sentinel.wrap('t', run)).toEqualTypeOf<(order: Order) => Promise<{ id: string }>>()
  })

  test('a wrapped tool is assignable where the original was async', () => {
    const run = async (order: Order): Promise<number> => order.amount
    const wrapped: typeof run = sentinel.wrap('t', run)
    expectTypeOf(wrapped).toBeFunction()
  })

  test('this', () => {
    const wrapped = sentinel.wrap('t', function (this: { rate: number }, amount: number) {
      return this.rate * amount
    })
    expectTypeOf(wrapped).thisParameter.toEqualTypeOf<{ rate: number }>()
  })

  test('generics', () => {
    const wrapped = sentinel.wrap('t', async <Item>(items: readonly Item[]): Promise<Item | undefined> => items[0])
    expectTypeOf(wrapped([1, 2])).toEqualTypeOf<Promise<number | undefined>>()
    expectTypeOf(wrapped(['a'])).toEqualTypeOf<Promise<string | undefined>>()
  })

  test('async iterables are returned at once', () => {
    async function* count(to: number): AsyncGenerator<number, string, undefined> {
      yield to
      return 'done'
    }
    expectTypeOf(sentinel.wrap('t', count)).returns.toEqualTypeOf<AsyncIterable<number>>()
    const stream = (): ReadableStream<Uint8Array> => new ReadableStream()
    expectTypeOf(sentinel.wrap('t', stream, { stream: true })).returns.toExtend<AsyncIterable<Uint8Array>>()
  })

  test('positional functions with params', () => {
    const wrapped = sentinel.wrap('t', (amount: number, to: string) => amount + to.length, { params: ['amount', 'to'] })
    expectTypeOf(wrapped).toEqualTypeOf<(amount: number, to: string) => Promise<number>>()
  })

  test('onRefused gives what the tool gives', () => {
    sentinel.wrap('t', async (): Promise<string> => 'x', {
      onRefused: (error: SentinelError) => error.forModel.message,
    })
    // @ts-expect-error a number is not a result of this tool
    sentinel.wrap('t', async (): Promise<string> => 'x', { onRefused: () => 5 })
  })

  test('options that do not exist', () => {
    // @ts-expect-error there is no such option
    sentinel.wrap('t', () => 1, { readonly: true })
    // @ts-expect-error there is no such key
    new Sentinel({ rulePath: 'x' })
  })
})

describe('wrapAll', () => {
  test('keeps each type', () => {
    const tools = sentinel.wrapAll({
      pay: async (order: Order): Promise<number> => order.amount,
      list: () => ['a'],
      async *count() {
        yield 1
      },
    })
    expectTypeOf(tools.pay).toEqualTypeOf<(order: Order) => Promise<number>>()
    expectTypeOf(tools.list).returns.toEqualTypeOf<Promise<string[]>>()
    expectTypeOf(tools.count).returns.toEqualTypeOf<AsyncIterable<number>>()
  })

  test("takes options by the tool's name", () => {
    sentinel.wrapAll({ pay: (order: Order) => order.amount }, { pay: { secret: ['note'] } })
    // @ts-expect-error no such tool
    sentinel.wrapAll({ pay: (order: Order) => order.amount }, { payy: {} })
  })
})

describe('protect', () => {
  test('takes methods that return a promise or an async iterable', () => {
    class Bank {
      @sentinel.protect('transfer')
      async transfer(order: Order): Promise<number> {
        return order.amount
      }

      @sentinel.protect('statement')
      async *statement(days: number): AsyncGenerator<string> {
        yield String(days)
      }
    }
    expectTypeOf(new Bank().transfer).toEqualTypeOf<(order: Order) => Promise<number>>()
  })

  test('refuses a method that returns at once', () => {
    class Bank {
      // @ts-expect-error a guarded method is asynchronous
      @sentinel.protect('rate')
      rate(): number {
        return 1
      }
    }
    expectTypeOf(new Bank()).toBeObject()
  })
})

test('as gives back what its work gives', () => {
  expectTypeOf(sentinel.as({ agentId: 'a' }, () => 5)).toEqualTypeOf<number>()
  expectTypeOf(sentinel.as({}, async () => 'x')).toEqualTypeOf<Promise<string>>()
})

test('a decision tells its action apart', async () => {
  const decision = await sentinel.check({ tool: 't', params: {} })
  if (decision.action === 'escalate') expectTypeOf(decision.timeoutMs).toEqualTypeOf<number>()
  // @ts-expect-error only an escalated call has a time to wait
  else decision.timeoutMs
})
