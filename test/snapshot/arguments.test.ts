import vm from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Plain } from '../../src/domain/plain.ts'
import { SentinelArgumentError } from '../../src/errors.ts'
import { type ArgumentNaming, snapshotArguments } from '../../src/snapshot/arguments.ts'
import { DEFAULT_LIMITS, type SnapshotLimits } from '../../src/snapshot/limits.ts'

interface Given extends ArgumentNaming {
  readonly limits?: Partial<SnapshotLimits>
}

const snapshot = (args: readonly unknown[], { limits, ...naming }: Given = {}) =>
  snapshotArguments({ tool: 'pay', args, limits: { ...DEFAULT_LIMITS, ...limits }, ...naming })

const refusal = (args: readonly unknown[], given?: Given): SentinelArgumentError => {
  try {
    snapshot(args, given)
  } catch (error) {
    if (error instanceof SentinelArgumentError) return error
    throw error
  }
  throw new Error('expected a refusal')
}

/** The judged parameters with ordinary prototypes, to compare. */
const ordinary = (value: Plain): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(ordinary)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ordinary(inner)]))
}

describe('which name an argument is judged by', () => {
  const order = { amount: 5, to: 'bob' }
  test.each<{ args: unknown[]; naming?: ArgumentNaming; judged: object; because: string }>([
    { args: [], judged: {}, because: 'no arguments, no parameters' },
    { args: [order], judged: order, because: 'a first object spreads its keys' },
    { args: [order, 'x', 7], judged: { ...order, arg1: 'x', arg2: 7 }, because: 'the others are arg1, arg2' },
    { args: [5, 'bob'], judged: { arg1: 5, arg2: 'bob' }, because: 'nothing spreads, so all are "the others"' },
    { args: [[5]], judged: { arg1: [5] }, because: 'a list is not an object of parameters' },
    {
      args: [5, 'bob'],
      naming: { params: ['amount', 'to'] },
      judged: { amount: 5, to: 'bob' },
      because: 'names replace arg1, arg2',
    },
    {
      args: [order, 'hi'],
      naming: { params: ['note'] },
      judged: { ...order, note: 'hi' },
      because: 'one name fewer: the first object has none',
    },
    {
      args: [{ x: 1 }, 'bob'],
      naming: { params: ['amount', 'to'] },
      judged: { x: 1, amount: { x: 1 }, to: 'bob' },
      because: 'an object where a named value was wanted is judged both ways, so that no rule on the name is passed by',
    },
    {
      args: [order],
      naming: { params: ['note'] },
      judged: { ...order, note: order },
      because: 'a left-out argument does not hide the keys',
    },
    {
      args: [order, { secret: 1 }],
      naming: { params: 'first' },
      judged: order,
      because: 'later arguments are handed through',
    },
    {
      args: [{ ...order, signal: 1 }],
      naming: { passthrough: ['signal'] },
      judged: order,
      because: 'passthrough keys are not judged',
    },
    {
      args: [5, 'x'],
      naming: { params: ['amount', 'ctx'], passthrough: ['ctx'] },
      judged: { amount: 5 },
      because: 'passthrough names are not judged',
    },
    { args: [undefined, 'x'], judged: { arg2: 'x' }, because: 'undefined is no value' },
    { args: [{ a: undefined, b: 1 }], judged: { b: 1 }, because: 'undefined keys are dropped' },
  ])('$args $naming -> $judged: $because', ({ args, naming, judged }) => {
    expect(ordinary(snapshot(args, naming).params)).toEqual(judged)
  })

  it('refuses two arguments of one name', () => {
    const error = refusal([{ to: 'good' }, 'evil'], { params: ['to'] })
    expect(error.path).toBe('to')
    expect(error.message).toContain('name them apart')
  })
})

describe('[P2] the tool gets what was judged', () => {
  it('gives Date, URL, Map, Set and bytes back as they were, bigint and undefined elements too', () => {
    const args = [
      {
        when: new Date(0),
        where: new URL('https://example.com/a?b=c'),
        text: new Map([['k', { n: 1 }]]),
        pairs: new Map<unknown, unknown>([
          [1, 'one'],
          [{ deep: true }, undefined],
        ]),
        set: new Set([1, undefined, 'x']),
        bytes: new Uint8Array([1, 2, 255]),
        buffer: Buffer.from('hi'),
        raw: new Uint8Array([9]).buffer,
        big: 2n ** 70n,
        list: [undefined, -0, '\ud800'],
      },
    ]
    const [fresh] = snapshot(args).freshArguments()
    expect(fresh).toStrictEqual(args[0])
    expect(Buffer.isBuffer((fresh as { buffer: unknown }).buffer)).toBe(true)
  })

  it('judges them as text, lists and objects', () => {
    const { params } = snapshot([
      { when: new Date(0), url: new URL('https://a.example'), map: new Map([['k', 1]]), set: new Set([1]) },
    ])
    expect(ordinary(params)).toEqual({
      when: '1970-01-01T00:00:00.000Z',
      url: 'https://a.example/',
      map: { k: 1 },
      set: [1],
    })
  })

  it('reads a getter once, so it can not show one value and run another', () => {
    let reads = 0
    const shifty = {
      get amount() {
        return ++reads === 1 ? 5 : 5_000
      },
    }
    const taken = snapshot([shifty])
    expect(taken.params.amount).toBe(5)
    expect(taken.freshArguments()).toEqual([{ amount: 5 }])
    expect(reads).toBe(1)
  })

  it('copies what a proxy answered, never the proxy', () => {
    let reads = 0
    const proxy = new Proxy({ amount: 1 }, { get: (_target, key) => (key === 'amount' ? ++reads : undefined) })
    const taken = snapshot([proxy])
    expect(taken.freshArguments()).toEqual([{ amount: taken.params.amount }])
  })

  it('does not ask toJSON', () => {
    expect(refusal([{ order: { amount: 5_000, toJSON: () => ({ amount: 5 }) } }]).path).toBe('order.toJSON')
  })

  it('is not moved by later changes, and each fresh copy is its own', () => {
    const order = { items: [{ price: 1 }] }
    const taken = snapshot([order])
    order.items[0] = { price: 9_000 }
    const [first] = taken.freshArguments() as [{ items: { price: number }[] }]
    first.items.push({ price: 7 })
    expect(taken.freshArguments()).toEqual([{ items: [{ price: 1 }] }])
    expect(Object.isFrozen(taken.params.items)).toBe(true)
  })

  it('hands passthrough values by reference, and says so', () => {
    const signal = new AbortController().signal
    const taken = snapshot([{ amount: 1, signal }], { passthrough: ['signal'] })
    const [fresh] = taken.freshArguments() as [{ signal: AbortSignal }]
    expect(fresh.signal).toBe(signal)
    expect(taken.notJudged).toEqual(['signal'])
  })

  it('keeps keys called __proto__, constructor and toString as data', () => {
    const hostile = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1, "toString": "x"}')
    const taken = snapshot([hostile])
    expect(Object.keys(taken.params)).toEqual(['__proto__', 'constructor', 'toString'])
    const [fresh] = taken.freshArguments() as [{ admin?: boolean }]
    expect(fresh.admin).toBeUndefined()
    expect(Object.getPrototypeOf(fresh)).toBe(Object.prototype)
    expect(Object.keys(fresh)).toEqual(Object.keys(hostile))
  })

  it('takes plain objects, lists and Dates of another realm', () => {
    const foreign = vm.runInNewContext('({ list: [1], when: new Date(0) })')
    expect(ordinary(snapshot([foreign]).params)).toEqual({ list: [1], when: '1970-01-01T00:00:00.000Z' })
  })

  it('for any JSON: judged, fresh and given are deep-equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const taken = snapshot([{ value }])
        expect(ordinary(taken.params)).toEqual({ value })
        expect(taken.freshArguments()).toEqual([{ value }])
      }),
    )
  })
})

describe('[P2] whatever a hostile argument does', () => {
  it('a proxy that changes its prototype is looked at once', () => {
    let looks = 0
    const target = { amount: 5000 }
    const proxy = new Proxy(target, { getPrototypeOf: () => (looks++ === 0 ? Object.prototype : Date.prototype) })
    const taken = snapshot([proxy])
    expect(ordinary(taken.params)).toEqual({ amount: 5000 })
    expect(taken.freshArguments()[0]).not.toBe(proxy)
  })

  it('an object that is judged by its name and by its keys is read once', () => {
    let reads = 0
    const shifty = {
      get amount() {
        return ++reads === 1 ? 5000 : 1
      },
      when: new Date(0),
    }
    const taken = snapshot([shifty], { params: ['order'] })
    const copied = { amount: 5000, when: '1970-01-01T00:00:00.000Z' }
    expect(ordinary(taken.params)).toEqual({ ...copied, order: copied })
    expect(taken.freshArguments()).toEqual([{ amount: 5000, when: new Date(0) }])
    expect(taken.freshParams().order).toEqual({ amount: 5000, when: new Date(0) })
  })

  it('passthrough keys stay out of the named copy too', () => {
    const signal = new AbortController().signal
    const taken = snapshot([{ amount: 1, signal }], { params: ['order'], passthrough: ['signal'] })
    expect(ordinary(taken.params)).toEqual({ amount: 1, order: { amount: 1 } })
  })

  it('a Map keeps the order of its keys', () => {
    const [fresh] = snapshot([
      {
        map: new Map([
          ['b', 1],
          ['2', 2],
          ['1', 3],
        ]),
      },
    ]).freshArguments() as [{ map: Map<string, number> }]
    expect([...fresh.map.keys()]).toEqual(['b', '2', '1'])
  })
})

describe('what can not be copied faithfully is refused, with the place and the remedy', () => {
  class Account {
    id = 1
  }
  const cycle: Record<string, unknown> = {}
  cycle.self = { cycle }
  test.each<{ what: string; value: unknown; path: string; says: string }>([
    { what: 'a function', value: { run: () => 1 }, path: 'v.run', says: 'a function' },
    { what: 'a symbol', value: Symbol('x'), path: 'v', says: 'a symbol' },
    { what: 'NaN', value: Number.NaN, path: 'v', says: 'NaN' },
    { what: 'Infinity', value: [1, Number.POSITIVE_INFINITY], path: 'v[1]', says: 'Infinity' },
    { what: 'an instance of a class', value: new Account(), path: 'v', says: 'an instance of Account' },
    { what: 'a promise', value: Promise.resolve(1), path: 'v', says: 'an instance of Promise' },
    { what: 'a boxed number', value: new Number(5), path: 'v', says: 'an instance of Number' },
    { what: 'a derived Date', value: new (class Late extends Date {})(0), path: 'v', says: 'an instance of Late' },
    { what: 'a derived list', value: new (class Rows extends Array {})(), path: 'v', says: 'an instance of Rows' },
    { what: 'an invalid Date', value: new Date(Number.NaN), path: 'v', says: 'an invalid Date' },
    { what: 'a float array', value: new Float64Array(1), path: 'v', says: 'an instance of Float64Array' },
    { what: 'a pretended URL', value: Object.create(URL.prototype), path: 'v', says: 'an instance of URL' },
    { what: 'a property named by a symbol', value: { [Symbol('hidden')]: 1 }, path: 'v', says: 'Symbol(hidden)' },
    { what: 'a cycle', value: cycle, path: 'v.self.cycle', says: 'a cycle' },
    {
      what: 'a throwing getter',
      value: {
        get x() {
          throw new Error('boom')
        },
      },
      path: 'v.x',
      says: 'boom',
    },
    {
      what: 'a proxy that throws',
      value: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('trap')
          },
        },
      ),
      path: '',
      says: 'trap',
    },
    { what: 'half a surrogate pair in a key', value: { '\ud800': 1 }, path: 'v', says: 'half a surrogate pair' },
    {
      what: 'a list with named properties',
      value: Object.assign([1], { amount: 5000 }),
      path: 'v',
      says: 'named properties',
    },
    {
      what: 'a Date with properties',
      value: Object.assign(new Date(0), { amount: 5000 }),
      path: 'v',
      says: 'an instance of Date',
    },
    {
      what: 'a derived URL',
      value: new (class Link extends URL {})('https://a.example'),
      path: 'v',
      says: 'an instance of Link',
    },
    {
      what: 'derived bytes',
      value: new (class Blob8 extends Uint8Array {})(1),
      path: 'v',
      says: 'an instance of Blob8',
    },
    { what: 'lists of holes', value: new Array(9_000).fill(new Array(9_000)), path: 'v[1][997]', says: 'values' },
    { what: 'a huge empty list', value: new Array(1e9), path: 'v', says: '1000000000' },
  ])('$what', ({ value, path, says }) => {
    const error = refusal([{ v: value }])
    expect(error.path).toBe(path)
    expect(error.message).toContain(says)
    expect(error.code).toBe('ARGUMENT_REFUSED')
  })

  it('names the option that would let it through', () => {
    expect(refusal([{ signal: new AbortController().signal }]).message).toContain("`passthrough: ['signal']`")
    expect(refusal([{ a: 1 }, () => 1]).message).toContain("`passthrough: ['arg1']`")
  })

  it('tells a model the place, never the value', () => {
    expect(refusal([{ card: { number: Number.NaN } }]).forModel.message).toBe(
      'An argument of this call can not be accepted: card.number. Pass plain data.',
    )
  })
})

describe('[P6] limits refuse and never weaken', () => {
  const nested = (levels: number): object => (levels === 0 ? {} : { in: nested(levels - 1) })
  test.each`
    limit                | fits                        | exceeds                     | says
    ${{ depth: 3 }}      | ${nested(2)}                | ${nested(3)}                | ${'3 levels'}
    ${{ nodes: 3 }}      | ${{ a: 1, b: 2, c: 3 }}     | ${{ a: 1, b: [1, 2] }}      | ${'3 values'}
    ${{ textChars: 10 }} | ${{ a: '123456789' }}       | ${{ a: '1234567890' }}      | ${'10 characters'}
    ${{ textChars: 10 }} | ${{ a: new Uint8Array(6) }} | ${{ a: new Uint8Array(7) }} | ${'10 characters'}
    ${{ textChars: 10 }} | ${{ '123456789': '1' }}     | ${{ '1234567890': '1' }}    | ${'10 characters'}
  `('$limit', ({ limit, fits, exceeds, says }) => {
    expect(() => snapshot([fits], { limits: limit })).not.toThrow()
    expect(refusal([exceeds], { limits: limit }).message).toContain(says)
  })

  it('holds for a million keys', () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]))
    expect(refusal([many]).message).toContain('10000 values')
  })
})

describe('the digest names the exact arguments', () => {
  const digest = (args: readonly unknown[], tool = 'pay') =>
    snapshotArguments({ tool, args, limits: DEFAULT_LIMITS }).digest
  const apart: readonly unknown[] = [
    5,
    '5',
    5n,
    [5],
    { 0: 5 },
    true,
    null,
    -0,
    0,
    new Date(5),
    new Date(5).toISOString(),
    new URL('https://a.example'),
    'https://a.example/',
    new Map([['a', 1]]),
    { a: 1 },
    new Set([1]),
    [1],
    new Map([[1, 2]]),
    [[1, 2]],
    new Uint8Array([5]),
    'BQ==',
    Buffer.from([5]),
    '\ud800',
    '\ufffd',
    [undefined],
    [null],
  ]
  it('tells apart what JSON does not', () => {
    const digests = apart.map((value) => digest([{ value }]))
    expect(new Set(digests).size).toBe(apart.length)
  })

  it('does not depend on the order of keys', () => {
    expect(digest([{ a: 1, b: { c: 2, d: 3 } }])).toBe(digest([{ b: { d: 3, c: 2 }, a: 1 }]))
  })

  it('names the tool too', () => {
    expect(digest([{ a: 1 }], 'pay')).not.toBe(digest([{ a: 1 }], 'refund'))
  })

  it('for any JSON: equal digests exactly when the arguments are equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const equal =
          JSON.stringify(ordinary(snapshot([{ a }]).params)) === JSON.stringify(ordinary(snapshot([{ a: b }]).params))
        if (equal) expect(digest([{ v: a }])).toBe(digest([{ v: b }]))
        else if (digest([{ v: a }]) === digest([{ v: b }])) expect(a).toEqual(b)
      }),
    )
  })
})
