import { describe, expect, it } from 'vitest'
import { PARAM_KEPT_CALLS, PARAMS_PER_STREAM_MAX, ParameterTable } from '../../../src/risk/baseline/parameters.ts'

/** A table in which one call brought as many invented names as there is room for, `amount` among them. */
function full(): ParameterTable {
  const table = new ParameterTable()
  table.use('amount', 1)?.learn(50)
  for (let name = 0; name < 10_000; name += 1) table.use(`invented${name}`, 1)
  return table
}

describe('the parameters of one tool and agent', () => {
  it('are bounded, however many names are invented [P24]', () => {
    expect(full().size).toBe(PARAMS_PER_STREAM_MAX)
  })

  it('are never pushed out by names invented later', () => {
    const table = full()
    for (let name = 0; name < 100_000; name += 1) table.use(`later${name}`, 2 + Math.floor(name / 1_000))
    expect(table.get('amount')?.values?.samples).toBe(1)
    expect(table.size).toBe(PARAMS_PER_STREAM_MAX)
  })

  it('make room once the invented ones are stale, and keep what is in use', () => {
    const table = full()
    for (let call = 2; call <= PARAM_KEPT_CALLS + 2; call += 1) table.use('amount', call)
    expect(table.use('currency', PARAM_KEPT_CALLS + 3)).toBeDefined()
    expect(table.get('amount')).toBeDefined()
    expect(table.size).toBe(2)
  })

  it('may be called like anything on an object', () => {
    const table = new ParameterTable()
    expect(table.get('constructor')).toBeUndefined()
    expect(table.use('__proto__', 1)).toBe(table.get('__proto__'))
  })
})
