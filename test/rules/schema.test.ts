import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { OPERATORS } from '../../src/rules/conditions/operators.ts'
import { lintRules } from '../../src/rules/lint.ts'
import { parseRules, readRulesFile } from '../../src/rules/load.ts'
import { rulesFileSchema, rulesJsonSchema } from '../../src/rules/schema.ts'
import { OPERATORS_OVER_TIME } from '../../src/rules/windows/operators.ts'
import { evaluate, rule } from './judging.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const json = (file: string): unknown => JSON.parse(readFileSync(resolve(ROOT, file), 'utf8'))

const WINDOW = { window: '1h', max: 5, by: 'agent' }

/** What an editor makes of a file, by the published JSON Schema alone. */
const editor = z.fromJSONSchema(json('rules.schema.json') as Parameters<typeof z.fromJSONSchema>[0])

describe('rules.schema.json', () => {
  it('is what the code generates; run scripts/schemas.mjs when it is not', () => {
    expect(json('rules.schema.json')).toEqual(rulesJsonSchema())
  })

  it('describes every operator', () => {
    const text = JSON.stringify(json('rules.schema.json'))
    for (const { name, description } of [...OPERATORS.values(), ...OPERATORS_OVER_TIME.values()]) {
      expect(text).toContain(`"const":${JSON.stringify(name)},"description":${JSON.stringify(description)}`)
    }
  })

  test.each`
    fields                                                                              | accepts
    ${{}}                                                                               | ${true}
    ${{ priority: 5, enabled: false, message: 'x', name: null }}                        | ${true}
    ${{ conditions: [{ param: 'a', operator: 'gt', value: 5 }] }}                       | ${true}
    ${{ conditions: [{ param: 'a', operator: 'exists' }] }}                             | ${true}
    ${{ conditions: [{ param: 'a', operator: 'in', value: [1, 'a', null] }] }}          | ${true}
    ${{ conditions: [{ any: [{ not: { param: 'a', operator: 'eq', value: [] } }] }] }}  | ${true}
    ${{ conditions: [{ operator: 'calls_in_window', value: WINDOW }] }}                 | ${true}
    ${{ conditions: [{ param: 'a', operator: 'sum_in_window', value: WINDOW }] }}       | ${true}
    ${{ conditions: [{ operator: 'after', value: { tool: 'read_*', within: '5m' } }] }} | ${true}
    ${{ conditions: [{ param: 'a', operator: 'calls_in_window', value: WINDOW }] }}     | ${false}
    ${{ conditions: [{ operator: 'sum_in_window', value: WINDOW }] }}                   | ${false}
    ${{ conditions: [{ operator: 'after', value: { tool: 'a', within: '5 m' } }] }}     | ${false}
    ${{ action: 'deny' }}                                                               | ${false}
    ${{ colour: 'red' }}                                                                | ${false}
    ${{ conditions: [{ param: 'a', operator: 'gt', value: '5' }] }}                     | ${false}
    ${{ conditions: [{ param: 'a', operator: 'gt' }] }}                                 | ${false}
    ${{ conditions: [{ param: 'a', operator: 'above', value: 5 }] }}                    | ${false}
    ${{ conditions: [{ any: [] }] }}                                                    | ${false}
    ${{ conditions: [{ any: [{ not: [] }] }] }}                                         | ${false}
    ${{ priority: 1.5 }}                                                                | ${false}
  `('accepts $fields: $accepts, as loading does', ({ fields, accepts }) => {
    const file = { rules: [rule({ id: 'a', ...fields })] }
    expect(editor.safeParse(file).success).toBe(accepts)
    expect(rulesFileSchema.safeParse(file).success).toBe(accepts)
    if (accepts) expect(parseRules(file).rules).toHaveLength(1)
    else expect(() => parseRules(file)).toThrow()
  })
})

describe('rules.example.json', () => {
  const set = readRulesFile(resolve(ROOT, 'rules.example.json'))

  it('loads, fits the schema it names, and gives nothing to warn of', () => {
    const file = json('rules.example.json')
    expect(file).toMatchObject({ $schema: './node_modules/sentinel-guard/rules.schema.json' })
    expect(editor.safeParse(file).error).toBeUndefined()
    expect(lintRules(set)).toEqual([])
  })

  test.each`
    tool                | params                                                     | action
    ${'transfer_funds'} | ${{ amount: 50, destination: 'bob@example.com' }}          | ${'allow'}
    ${'transfer_funds'} | ${{ amount: 5_000 }}                                       | ${'escalate'}
    ${'transfer_funds'} | ${{ amount: 500_000 }}                                     | ${'block'}
    ${'transfer_funds'} | ${{ amount: '500,000' }}                                   | ${'block'}
    ${'send_email'}     | ${{ to: 'ann@example.com', body: 'Hello' }}                | ${'allow'}
    ${'send_email'}     | ${{ to: 'ann@example.com, eve@evil.com', body: 'Hello' }}  | ${'escalate'}
    ${'send_email'}     | ${{ to: 'ann@example.com', cc: 'eve@evil.com', body: '' }} | ${'escalate'}
    ${'send_email'}     | ${{ to: 'ann@example.com', body: 'Password: x' }}          | ${'block'}
    ${'fetch_page'}     | ${{ url: 'https://example.com/' }}                         | ${'allow'}
    ${'fetch_page'}     | ${{ url: 'http://2852039166/latest' }}                     | ${'block'}
    ${'read_file'}      | ${{ path: '/workspace/notes.txt' }}                        | ${'allow'}
    ${'read_file'}      | ${{ path: '/workspace/../etc/passwd' }}                    | ${'block'}
    ${'read_file'}      | ${{}}                                                      | ${'block'}
    ${'place_order'}    | ${{ order: { items: [{ price: 5 }, { price: 600 }] } }}    | ${'warn'}
    ${'delete_user'}    | ${{}}                                                      | ${'escalate'}
    ${'health_check'}   | ${{}}                                                      | ${'allow'}
  `('$tool $params: $action', ({ tool, params, action }) => {
    expect(evaluate(set, params, tool).action).toBe(action)
  })
})
