import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, test } from 'vitest'
import { isSentinelError, SentinelRulesError } from '../../src/errors.ts'
import { parseRules, readRulesFile } from '../../src/rules/load.ts'
import { evaluate, fileIssues, loadIssues, places, rule, ruleSet } from './judging.ts'

const withRule = (fields: object): object => ({ rules: [rule({ id: 'a', ...fields })] })
const withCondition = (condition: unknown): object => withRule({ conditions: [condition] })
const withValue = (operator: string, value: unknown): object => withCondition({ param: 'p', operator, value })

/** A condition over time, right but for what a test says. */
const overTime = (operator: string, value: object, beside: object = {}): object =>
  withCondition({ ...beside, operator, value: { window: '1h', max: 5, ...value } })

const nested = (depth: number): object =>
  depth === 0 ? { param: 'p', operator: 'exists' } : { not: nested(depth - 1) }

describe('[P4] [F1] what is wrong with a rules file, and where', () => {
  const C = 'rules[0].conditions[0]'
  test.each`
    source                                                                       | issue
    ${[]}                                                                        | ${' wrong_type'}
    ${'rules'}                                                                   | ${' wrong_type'}
    ${null}                                                                      | ${' wrong_type'}
    ${{}}                                                                        | ${'rules missing_key'}
    ${{ rules: {} }}                                                             | ${'rules wrong_type'}
    ${{ rules: [], version: '2.0' }}                                             | ${'version unsupported_version'}
    ${{ rules: [], version: 1 }}                                                 | ${'version unsupported_version'}
    ${{ rules: [], default_action: 'deny' }}                                     | ${'default_action unknown_action'}
    ${{ rules: [], first_match: 'yes' }}                                         | ${'first_match wrong_type'}
    ${{ rules: [], rule: [] }}                                                   | ${'rule unknown_key'}
    ${JSON.parse('{"rules": [], "__proto__": {}}')}                              | ${'__proto__ unknown_key'}
    ${{ rules: [5] }}                                                            | ${'rules[0] wrong_type'}
    ${withRule({ id: '' })}                                                      | ${'rules[0].id wrong_value'}
    ${withRule({ id: 7 })}                                                       | ${'rules[0].id wrong_type'}
    ${withRule({ id: 'a\nb' })}                                                  | ${'rules[0].id wrong_value'}
    ${withRule({ id: 'a'.repeat(201) })}                                         | ${'rules[0].id too_large'}
    ${{ rules: [rule({ id: 'a' }), rule({ id: 'a' })] }}                         | ${'rules[1].id duplicate_id'}
    ${withRule({ function_pattern: undefined })}                                 | ${'rules[0].function_pattern missing_key'}
    ${withRule({ function_pattern: '' })}                                        | ${'rules[0].function_pattern wrong_value'}
    ${withRule({ function_pattern: 'a[' })}                                      | ${'rules[0].function_pattern bad_glob'}
    ${withRule({ function_pattern: 'a[z-a]' })}                                  | ${'rules[0].function_pattern bad_glob'}
    ${withRule({ function_pattern: '[^a]' })}                                    | ${'rules[0].function_pattern bad_glob'}
    ${withRule({ function_pattern: 'a'.repeat(1_001) })}                         | ${'rules[0].function_pattern bad_glob'}
    ${withRule({ agent_pattern: '[' })}                                          | ${'rules[0].agent_pattern bad_glob'}
    ${withRule({ action: undefined })}                                           | ${'rules[0].action missing_key'}
    ${withRule({ action: 'deny' })}                                              | ${'rules[0].action unknown_action'}
    ${withRule({ action: 'escalate' })}                                          | ${'rules[0].action unknown_action'}
    ${withRule({ action: 7 })}                                                   | ${'rules[0].action wrong_type'}
    ${withRule({ priority: '10' })}                                              | ${'rules[0].priority wrong_type'}
    ${withRule({ priority: 1.5 })}                                               | ${'rules[0].priority wrong_type'}
    ${withRule({ priority: 2 ** 60 })}                                           | ${'rules[0].priority too_large'}
    ${withRule({ priority: Number.NaN })}                                        | ${'rules[0].priority not_json'}
    ${withRule({ enabled: 'no' })}                                               | ${'rules[0].enabled wrong_type'}
    ${withRule({ message: 7 })}                                                  | ${'rules[0].message wrong_type'}
    ${withRule({ skip_anomaly: true })}                                          | ${'rules[0].skip_anomaly not_allowed_here'}
    ${withRule({ action: 'warn', skip_anomaly: true })}                          | ${'rules[0].skip_anomaly not_allowed_here'}
    ${withRule({ tool: 'x' })}                                                   | ${'rules[0].tool unknown_key'}
    ${withRule({ conditions: {} })}                                              | ${'rules[0].conditions wrong_type'}
    ${withRule({ message: () => 'x' })}                                          | ${'rules[0].message not_json'}
    ${withRule({ message: new Date(0) })}                                        | ${'rules[0].message not_json'}
    ${withRule({ message: '\ud800' })}                                           | ${' not_json'}
    ${withCondition('amount > 5')}                                               | ${`${C} wrong_type`}
    ${withCondition({})}                                                         | ${`${C}.operator missing_key, ${C}.param missing_key`}
    ${withCondition({ param: 'p', operator: 'eq' })}                             | ${`${C}.value missing_key`}
    ${withCondition({ param: 'p', operator: 'eq', vale: 1 })}                    | ${`${C}.vale unknown_key, ${C}.value missing_key`}
    ${withCondition({ param: 'p', operator: '>', value: 1 })}                    | ${`${C}.operator unknown_operator`}
    ${withCondition({ param: 'p', operator: 7, value: 1 })}                      | ${`${C}.operator wrong_type`}
    ${withCondition({ param: 'p', operator: 'EQ', value: 1 })}                   | ${`${C}.operator unknown_operator`}
    ${withCondition({ param: 7, operator: 'eq', value: 1 })}                     | ${`${C}.param wrong_type`}
    ${withCondition({ param: '', operator: 'eq', value: 1 })}                    | ${`${C}.param bad_path`}
    ${withCondition({ param: 'a..b', operator: 'eq', value: 1 })}                | ${`${C}.param bad_path`}
    ${withCondition({ param: 'a[0]', operator: 'eq', value: 1 })}                | ${`${C}.param bad_path`}
    ${withCondition({ param: 'a[', operator: 'eq', value: 1 })}                  | ${`${C}.param bad_path`}
    ${withCondition({ param: 'a]', operator: 'eq', value: 1 })}                  | ${`${C}.param bad_path`}
    ${withCondition({ param: 'a[]b', operator: 'eq', value: 1 })}                | ${`${C}.param bad_path`}
    ${withCondition({ param: '[]', operator: 'eq', value: 1 })}                  | ${`${C}.param bad_path`}
    ${withCondition({ param: 'a.'.repeat(64).concat('b'), operator: 'exists' })} | ${`${C}.param bad_path`}
    ${withCondition({ any: [] })}                                                | ${`${C}.any empty_group`}
    ${withCondition({ all: [] })}                                                | ${`${C}.all empty_group`}
    ${withCondition({ any: {} })}                                                | ${`${C}.any wrong_type`}
    ${withCondition({ not: [] })}                                                | ${`${C}.not wrong_type`}
    ${withCondition({ any: [5] })}                                               | ${`${C}.any[0] wrong_type`}
    ${withCondition({ any: [{ param: 'p', operator: 'exists' }], param: 'p' })}  | ${`${C}.param unknown_key`}
    ${withCondition({ any: [{ param: 'p', operator: 'exists' }], all: [] })}     | ${`${C}.all unknown_key`}
    ${withCondition(nested(17))}                                                 | ${`${C}${'.not'.repeat(17)} too_deep`}
    ${withRule({ conditions: Array.from({ length: 1_001 }, () => nested(0)) })}  | ${'rules[0].conditions[1000] too_large'}
    ${withValue('gt', '1000')}                                                   | ${`${C}.value wrong_type`}
    ${withValue('gt', null)}                                                     | ${`${C}.value wrong_type`}
    ${withValue('lte', [1])}                                                     | ${`${C}.value wrong_type`}
    ${withValue('gt', Infinity)}                                                 | ${`${C}.value not_json`}
    ${withValue('gt', 5n)}                                                       | ${`${C}.value not_json`}
    ${withValue('in', 'abc')}                                                    | ${`${C}.value wrong_type`}
    ${withValue('not_in', {})}                                                   | ${`${C}.value wrong_type`}
    ${withValue('startswith', 5)}                                                | ${`${C}.value wrong_type`}
    ${withValue('regex', ['a'])}                                                 | ${`${C}.value wrong_type`}
    ${withValue('regex', 'a(')}                                                  | ${`${C}.value bad_regex`}
    ${withValue('matches', '(?=a)')}                                             | ${`${C}.value bad_regex`}
    ${withValue('exists', 'yes')}                                                | ${`${C}.value wrong_type`}
    ${withValue('len_gt', -1)}                                                   | ${`${C}.value wrong_value`}
    ${withValue('len_gt', 1.5)}                                                  | ${`${C}.value wrong_type`}
    ${withValue('host_private', false)}                                          | ${`${C}.value wrong_type`}
    ${withValue('email_domain_in', 7)}                                           | ${`${C}.value wrong_type`}
    ${withValue('email_domain_in', [])}                                          | ${`${C}.value wrong_value`}
    ${withValue('email_domain_in', ['a.com', 7])}                                | ${`${C}.value[1] wrong_type`}
    ${withValue('email_domain_in', ['a.com', 'x@b.com', '*'])}                   | ${`${C}.value[1] bad_domain, ${C}.value[2] bad_domain`}
    ${withValue('email_domain_in', '127.0.0.1')}                                 | ${`${C}.value bad_domain`}
    ${withValue('host_in', 'https://a.com')}                                     | ${`${C}.value bad_host`}
    ${withValue('host_in', ['a.com:80'])}                                        | ${`${C}.value[0] bad_host`}
    ${withValue('host_in', '10.0.0.0/8')}                                        | ${`${C}.value bad_host`}
    ${withValue('not_host_in', 'a.com/x')}                                       | ${`${C}.value bad_host`}
    ${withValue('path_under', '/a/../b')}                                        | ${`${C}.value bad_directory`}
    ${withValue('path_under', ['/a', 'C:\\b'])}                                  | ${`${C}.value[1] bad_directory`}
    ${withValue('not_path_under', '')}                                           | ${`${C}.value bad_directory`}
    ${overTime('calls_in_window', {})}                                           | ${`${C}.value.by missing_key`}
    ${overTime('calls_in_window', { by: 'agent', window: '1 h' })}               | ${`${C}.value.window wrong_value`}
    ${overTime('calls_in_window', { by: 'agent', window: '0m' })}                | ${`${C}.value.window wrong_value`}
    ${overTime('calls_in_window', { by: 'agent', window: '367d' })}              | ${`${C}.value.window wrong_value`}
    ${overTime('calls_in_window', { by: 'agent', window: 3600 })}                | ${`${C}.value.window wrong_type`}
    ${overTime('calls_in_window', { by: 'user' })}                               | ${`${C}.value.by wrong_value`}
    ${overTime('calls_in_window', { by: 'agent', max: 1.5 })}                    | ${`${C}.value.max wrong_type`}
    ${overTime('calls_in_window', { by: 'agent', max: -1 })}                     | ${`${C}.value.max wrong_value`}
    ${overTime('calls_in_window', { by: 'agent', max: 100_001 })}                | ${`${C}.value.max too_large`}
    ${overTime('calls_in_window', { by: 'agent', per: '1h' })}                   | ${`${C}.value.per unknown_key`}
    ${overTime('calls_in_window', { by: 'agent' }, { param: 'p' })}              | ${`${C}.param unknown_key`}
    ${overTime('sum_in_window', { by: 'agent' })}                                | ${`${C}.param missing_key`}
    ${overTime('sum_in_window', { by: 'agent', max: '9' }, { param: 'p' })}      | ${`${C}.value.max wrong_type`}
    ${withCondition({ operator: 'calls_in_window' })}                            | ${`${C}.value missing_key`}
    ${withCondition({ operator: 'after', value: 'read_secret' })}                | ${`${C}.value wrong_type`}
    ${withCondition({ operator: 'after', value: { tool: '[', within: '1h' } })}  | ${`${C}.value.tool bad_glob`}
    ${withCondition({ operator: 'after', value: { tool: '', within: '1h' } })}   | ${`${C}.value.tool wrong_value`}
  `('$issue', ({ source, issue }) => {
    expect(places(loadIssues(source)).join(', ')).toBe(issue)
  })

  it('refuses data that goes round in a circle', () => {
    const ring: { rules: unknown[] } = { rules: [] }
    ring.rules.push(ring)
    expect(loadIssues(ring)[0]).toMatchObject({ code: 'not_json', message: expect.stringContaining('circle') })
  })

  it('refuses more rules than it can hold', () => {
    const rules = Array.from({ length: 100_001 }, () => 0)
    expect(places(loadIssues({ rules }))).toEqual(['rules too_large'])
  })

  it('lists everything at once, in the order of the file', () => {
    const rules = [
      rule({ id: 'a', action: 'deny', priority: '7' }),
      rule({ id: 'a', conditions: [{ param: 'p', operator: 'gt', value: '1' }, { any: [] }] }),
    ]
    expect(places(loadIssues({ default_action: 'ask', rules, extra: 1 }))).toEqual([
      'default_action unknown_action',
      'extra unknown_key',
      'rules[0].action unknown_action',
      'rules[0].priority wrong_type',
      'rules[1].id duplicate_id',
      'rules[1].conditions[0].value wrong_type',
      'rules[1].conditions[1].any empty_group',
    ])
  })

  it('checks disabled rules too', () => {
    expect(places(loadIssues(withRule({ enabled: false, action: 'deny' })))).toEqual(['rules[0].action unknown_action'])
  })

  it('throws one typed error that names the source and every place', () => {
    const load = (): unknown => parseRules({ rules: [{}] }, { origin: 'rules.json' })
    expect(load).toThrow(SentinelRulesError)
    try {
      load()
    } catch (error) {
      expect(isSentinelError(error) && error.code).toBe('RULES_INVALID')
      expect(String(error)).toContain('rules.json')
      expect(String(error)).toContain('rules[0].function_pattern: text is missing here; add it [missing_key]')
    }
  })
})

describe('[P4] what a message says', () => {
  test.each`
    source                                              | message
    ${withValue('gt', '1000')}                          | ${'expected a number, found text; write 1000 without quotes'}
    ${withRule({ action: 'deny' })}                     | ${'expected one of allow, warn, require_approval, block, found "deny". Did you mean "block"?'}
    ${withRule({ action: 'bolck' })}                    | ${'Did you mean "block"?'}
    ${withRule({ action: 'escalate' })}                 | ${'Did you mean "require_approval"?'}
    ${withRule({ fuction_pattern: 'x' })}               | ${'Did you mean "function_pattern"?'}
    ${withValue('greater_than', 5)}                     | ${'Did you mean "gt"?'}
    ${withValue('!=', 5)}                               | ${'Did you mean "ne"?'}
    ${withValue('starts_with', 'a')}                    | ${'Did you mean "startswith"?'}
    ${withValue('email_domian_in', 'a.com')}            | ${'Did you mean "email_domain_in"?'}
    ${withCondition({ parm: 'p', operator: 'exists' })} | ${'Did you mean "param"?'}
    ${withValue('calls_in_window', {})}                 | ${'"calls_in_window" looks at whole calls, not at a parameter; remove it'}
    ${overTime('calls_in_window', { window: '1hour' })} | ${'expected a time such as 90s, 10m, 1h or 7d; write one'}
    ${overTime('calls_in_window', { by: 'agents' })}    | ${'expected one of agent, principal, session, tool, found "agents". Did you mean "agent"?'}
    ${withValue('calls_per_window', 5)}                 | ${'Did you mean "calls_in_window"?'}
    ${withValue('regex', 'ab(?=c)')}                    | ${'(?= at character 3: look-around can not run in linear time'}
    ${withRule({ function_pattern: 'a[b' })}            | ${'the [ at character 2 is never closed'}
    ${withValue('host_in', 'https://a.com')}            | ${'found "https://a.com"'}
    ${{ rules: [], version: 1 }}                        | ${'expected "1.0" in quotes, found 1'}
  `('$message', ({ source, message }) => {
    expect(loadIssues(source)[0]?.message).toContain(message)
  })

  it('suggests nothing for a word that is near nothing', () => {
    expect(loadIssues(withValue('frobnicate', 1))[0]?.message).not.toContain('Did you mean')
  })
})

describe('a rule set', () => {
  it('has the same digest for another layout, another key order and another $schema, and no other', () => {
    const digest = (source: object): string => parseRules(source).digest
    const a = digest({ $schema: 'x', version: '1.0', rules: [{ id: 'a', function_pattern: 't', action: 'block' }] })
    expect(a).toMatch(/^[0-9a-f]{64}$/)
    expect(digest({ rules: [{ action: 'block', function_pattern: 't', id: 'a' }], version: '1.0' })).toBe(a)
    expect(digest({ rules: [{ action: 'warn', function_pattern: 't', id: 'a' }], version: '1.0' })).not.toBe(a)
  })

  it('does not change when its source does, and reads a getter once', () => {
    const source = { rules: [rule({ id: 'a' })] as object[] }
    const set = parseRules(source)
    source.rules.length = 0
    expect(evaluate(set).action).toBe('block')
    let reads = 0
    const shifty = {
      get rules() {
        reads++
        return reads === 1 ? [rule({ id: 'a' })] : []
      },
    }
    expect(evaluate(parseRules(shifty)).action).toBe('block')
    expect(reads).toBe(1)
  })

  it('refuses a source that throws when it is read', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    expect(places(loadIssues(hostile))).toEqual([' not_json'])
  })

  it('describes its rules for people', () => {
    const set = ruleSet([
      { id: 'a', name: 'First', action: 'require_approval', agent_pattern: 'x*', message: 'Ask.', priority: 5 },
      { id: 'b', name: null, message: null, description: null },
    ])
    expect(set.rules[0]).toEqual({
      id: 'a',
      name: 'First',
      index: 0,
      functionPattern: 't',
      agentPattern: 'x*',
      action: 'escalate',
      priority: 5,
      message: 'Ask.',
      enabled: true,
      skipAnomaly: false,
      conditionCount: 0,
    })
    expect(set.rules[1]).toMatchObject({ priority: 100, name: undefined, message: undefined })
  })
})

describe('[P4] [F1] a rules file on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-rules-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = (contents: string | Uint8Array): string => {
    const path = join(folder, 'rules.json')
    writeFileSync(path, contents)
    return path
  }

  it('is read as UTF-8, with a byte order mark or without', () => {
    const text = JSON.stringify({ rules: [rule({ id: 'ä', function_pattern: 't' })] })
    expect(readRulesFile(file(text)).rules[0]?.id).toBe('ä')
    expect(readRulesFile(file(`\ufeff${text}`)).rules[0]?.id).toBe('ä')
  })

  it('is refused in another encoding', () => {
    expect(places(fileIssues(file(Buffer.from('{"rules":[]}', 'utf16le'))))).toEqual(['line 1, column 2 bad_json'])
    expect(places(fileIssues(file(Uint8Array.of(0xff, 0xfe, 0x7b))))).toEqual([' bad_json'])
  })

  test.each`
    text                                           | place                   | message
    ${''}                                          | ${'line 1, column 1'}   | ${'expected a value: text in double quotes, a number, true, false, null, { or [, found the end of the file'}
    ${'{"rules": []'}                              | ${'line 1, column 13'}  | ${'expected a , or a }, found the end of the file'}
    ${'{\n  "rules": [\n    {"id": "a",}\n  ]\n}'} | ${'line 3, column 16'}  | ${'expected a key in double quotes (there is no comma before a }), found "}"'}
    ${'{"rules": [1 2]}'}                          | ${'line 1, column 14'}  | ${'expected a , or a ], found "2"'}
    ${'{"rules": [01]}'}                           | ${'line 1, column 12'}  | ${'expected a value'}
    ${'{"rules" []}'}                              | ${'line 1, column 10'}  | ${'expected a : after the key, found "["'}
    ${'{"rules": [tru]}'}                          | ${'line 1, column 12'}  | ${'expected a value'}
    ${'{"rules": []} x'}                           | ${'line 1, column 15'}  | ${'expected the end of the file, found "x"'}
    ${"{'rules': []}"}                             | ${'line 1, column 2'}   | ${'expected a key in double quotes'}
    ${'{"rules": ["\\d"]}'}                        | ${'line 1, column 13'}  | ${'expected an escape that JSON knows; write \\\\ for a backslash'}
    ${'{"rules": ["a\nb"]}'}                       | ${'line 1, column 14'}  | ${'expected no line break or control character inside text; write \\n'}
    ${'{"rules": ["a]}'}                           | ${'line 1, column 16'}  | ${'expected the closing " of a text, found the end of the file'}
    ${'// rules\n{"rules": []}'}                   | ${'line 1, column 1'}   | ${'expected a value'}
    ${'['.repeat(300)}                             | ${'line 1, column 258'} | ${'expected at most 256 levels of nesting'}
  `('$place: $message', ({ text, place, message }) => {
    const issues = fileIssues(file(text))
    expect(places(issues)).toEqual([`${place} bad_json`])
    expect(issues[0]?.message).toContain(message)
  })

  it('is refused when a key is written twice, beside whatever else is wrong', () => {
    const text =
      '{"rules": [\n {"id": "a", "function_pattern": "t", "action": "block", "act\\u0069on": "allow", "x": 1}\n]}'
    const issues = fileIssues(file(text))
    expect(places(issues)).toEqual(['line 2, column 58 duplicate_key', 'rules[0].x unknown_key'])
    expect(issues[0]?.message).toContain('the key "action" is in this object before')
  })

  it('may use a key again in another object', () => {
    expect(fileIssues(file('{"rules": [], "description": "rules"}'))).toEqual([])
    expect(readRulesFile(file(JSON.stringify({ rules: [rule({ id: 'a' }), rule({ id: 'b' })] }))).size).toBe(2)
  })

  it('names the path and the reason when it can not be read', () => {
    const missing = join(folder, 'nowhere.json')
    expect(fileIssues(missing)[0]).toMatchObject({ code: 'unreadable', message: expect.stringContaining(missing) })
    expect(fileIssues(missing)[0]?.message).toContain('ENOENT')
    mkdirSync(join(folder, 'directory'))
    expect(fileIssues(join(folder, 'directory'))[0]?.code).toBe('unreadable')
  })

  it('is refused above 16 MiB', () => {
    expect(places(fileIssues(file(`{"rules": []${' '.repeat(16 * 1024 * 1024)}}`)))).toEqual([' too_large'])
  })
})
