import { describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { type Sentinel, SentinelConfigError } from '../../src/index.ts'
import { testGuard } from '../support/guards.ts'

const run = async (): Promise<string> => 'ran'

/** What is wrong, as a line for each. Wrong calls are those of people without types. */
function told(wrong: (sentinel: Sentinel) => unknown): readonly string[] {
  const { sentinel } = testGuard()
  try {
    wrong(sentinel)
    return []
  } catch (error) {
    if (!(error instanceof SentinelConfigError)) throw error
    return error.issues.map(({ path, code, message }) => `${path}: ${message} [${code}]`)
  }
}

const wrapped = (options: unknown): readonly string[] =>
  told((sentinel) => sentinel.wrap('pay', run, options as object))

describe('options of a tool that are wrong', () => {
  test.each<{ options: unknown; says: string }>([
    { options: { params: 'all' }, says: "tool 'pay'.params: expected 'first', or the names of arguments, found 'all'" },
    { options: { params: [5] }, says: "tool 'pay'.params[0]: expected string, found 5" },
    { options: { secret: 'pin' }, says: "tool 'pay'.secret: expected array, found 'pin'" },
    { options: { schema: {} }, says: "tool 'pay'.schema: expected a zod schema, found an object" },
    { options: { failMode: 'open' }, says: 'tool \'pay\'.failMode: expected one of "secure"|"safe", found \'open\'' },
    { options: { destinations: ['to'] }, says: "tool 'pay'.destinations: expected object, found an array" },
    { options: true, says: "tool 'pay': expected its options as an object, found true" },
    { options: null, says: "tool 'pay': expected its options as an object, found null" },
  ])('$options', ({ options, says }) => {
    expect(wrapped(options)).toEqual([`${says} [wrong_value]`])
  })

  it('are told with what may have been meant', () => {
    const [line] = wrapped({ readonly: true })
    expect(line).toMatch(/^tool 'pay'\.readonly: there is no such key; the keys are description, params, /)
    expect(line).toMatch(/stream\. Did you mean "readOnly"\? \[unknown_key\]$/)
  })

  it('of wrapAll belong to one of its tools', () => {
    const options = { transferfunds: { failMode: 'safe' } } as object
    expect(told((sentinel) => sentinel.wrapAll({ transfer_funds: run }, options))).toEqual([
      'tool \'transferfunds\': it has options, and is none of the tools to wrap. Did you mean "transfer_funds"? [unknown_key]',
    ])
  })

  it('of wrapAll may be left undefined', () => {
    expect(told((sentinel) => sentinel.wrapAll({ pay: run }, { pay: undefined } as object))).toEqual([])
  })

  it('accept a schema of zod', () => {
    expect(wrapped({ schema: z.object({}) })).toEqual([])
  })
})

it('wrapAll and as() say what they were given in place of tools and work', () => {
  expect(told((sentinel) => sentinel.wrapAll(5 as never))).toEqual([
    'wrapAll: expected an object of functions, found 5 [wrong_type]',
  ])
  expect(told((sentinel) => sentinel.as({}, 5 as never))).toEqual([
    'as(): expected a function as its second argument, to run inside [wrong_type]',
  ])
  expect(told((sentinel) => sentinel.as({ agent: 'x' } as object, run))).toEqual([
    'as().agent: there is no such key; the keys are agentId, principalId, sessionId, request, signal, callId. [unknown_key]',
  ])
})
