import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { casesJsonSchema } from '../../src/cli/cases/schema.ts'
import { tempDir } from '../support/guards.ts'
import { type Ran, sentinel } from './run.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const RULES = join(ROOT, 'rules.example.json')
const json = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'))

/** A file of cases in a fresh directory. */
function casesFile(contents: unknown, name = 'cases.json'): string {
  const path = join(tempDir(), name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof contents === 'string' ? contents : JSON.stringify(contents))
  return path
}

const testing = (path: string, ...more: readonly string[]): Promise<Ran> =>
  sentinel(['test', path, '--rules', RULES, ...more])

const SMALL = { tool: 'transfer_funds', params: { amount: 50 } }
const LARGE = { tool: 'transfer_funds', params: { amount: 5_000 } }

describe('sentinel test', () => {
  it('passes the example cases, which reach every example rule', async () => {
    const { exitCode, stdout } = await testing(join(ROOT, 'cases.example.json'), '--require-coverage')
    expect([exitCode, stdout]).toEqual([0, '15 cases, all passed.\nRules behind an answer: 10 of 10.\n'])
  })

  test.each`
    given                                                                                                                | passes   | because
    ${{ ...SMALL, expect: { action: 'allow' } }}                                                                         | ${true}  | ${'the action alone'}
    ${{ ...SMALL, expect: { action: 'warn' } }}                                                                          | ${false} | ${'another action'}
    ${{ ...LARGE, expect: { action: 'escalate' } }}                                                                      | ${true}  | ${'as a decision says it'}
    ${{ ...LARGE, expect: { action: 'require_approval' } }}                                                              | ${true}  | ${'as a rules file says it'}
    ${{ ...LARGE, expect: { action: 'block' } }}                                                                         | ${false} | ${'stricter is not as expected'}
    ${{ ...LARGE, expect: { action: 'escalate', rules: ['large_transfer'] } }}                                           | ${true}  | ${'the rule behind it'}
    ${{ ...LARGE, expect: { action: 'escalate', rules: [] } }}                                                           | ${false} | ${'no rule was expected'}
    ${{ ...LARGE, expect: { action: 'escalate', rules: ['large_transfer', 'deletions'] } }}                              | ${false} | ${'not all of them are behind it'}
    ${{ ...LARGE, expect: { action: 'escalate', reasons: ['needs approval'] } }}                                         | ${true}  | ${'part of a reason'}
    ${{ ...LARGE, expect: { action: 'escalate', reasons: ['too late'] } }}                                               | ${false} | ${'no such reason'}
    ${{ ...SMALL, before: [{ ...LARGE, times: 3 }], expect: { action: 'allow' } }}                                       | ${true}  | ${'a call before is approved'}
    ${{ ...SMALL, before: [{ ...SMALL, params: { amount: 5e5 } }], expect: { action: 'allow' } }}                        | ${false} | ${'a call before was blocked, so the case is not what it says'}
    ${{ tool: 'post_a', agent: 'b', before: [{ tool: 'post_a', agent: 'a', times: 25 }], expect: { action: 'allow' } }}  | ${true}  | ${'another agent has posted'}
    ${{ tool: 'post_a', before: [{ tool: 'post_a', times: 25, every: '10m' }], expect: { action: 'allow' } }}            | ${true}  | ${'the posts were not within an hour'}
    ${{ tool: 'post_a', before: [{ tool: 'post_a', times: 25, every: '10s' }], expect: { action: 'require_approval' } }} | ${true}  | ${'they were'}
  `('$passes: $because', async ({ given, passes }) => {
    const { exitCode, stdout } = await testing(casesFile({ cases: [given] }))
    expect([exitCode, stdout]).toEqual(
      passes ? [0, expect.stringContaining('1 case, all passed.')] : [1, expect.stringContaining('1 case, 1 failed.')],
    )
  })

  it('shows what failed in a table that fits the terminal, and which rules no case reached', async () => {
    const cases = [
      { name: 'this one passes', ...SMALL, expect: { action: 'allow' } },
      { name: 'a large one', ...LARGE, expect: { action: 'allow', rules: [] } },
    ]
    const { stdout } = await sentinel(['test', casesFile({ cases }), '--rules', RULES], {
      columns: 100,
      env: { NO_COLOR: '1' },
    })
    const [title, row, empty, ...rest] = stdout.split('\n')
    expect(title).toMatch(/^failed case +tool +expected +got +because$/)
    expect(row).toMatch(/^cases\.json: a large one +transfer_funds +allow +escalate +expected rules none, got large_/)
    expect(empty).toBe('')
    expect(rest[0]).toBe('2 cases, 1 failed.')
    expect(rest[1]).toContain('Rules behind an answer: 1 of 10; reached by no case: transfer_limit, ')
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('fails on a rule that no case reached only when told to', async () => {
    const file = casesFile({ cases: [{ ...SMALL, expect: { action: 'allow' } }] })
    expect((await testing(file)).exitCode).toBe(0)
    expect((await testing(file, '--require-coverage')).exitCode).toBe(1)
  })

  it('says in JSON what it found', async () => {
    const file = casesFile({ cases: [{ ...LARGE, expect: { action: 'allow' } }] })
    const { exitCode, stdout } = await testing(file, '--json')
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ cases: 1, passed: 0, failed: 1, issues: [] },
      failures: [
        {
          ...{ file, path: 'cases[0]', tool: 'transfer_funds', params: { amount: 5_000 } },
          ...{ expected: { action: 'allow' }, got: { action: 'escalate', risk: 0, ruleIds: ['large_transfer'] } },
          because: ['expected allow, got escalate'],
        },
      ],
      coverage: { rules: 10, reached: 1, notReached: expect.arrayContaining(['deletions']) },
    })
  })

  test.each`
    contents                                                                                          | says                                  | because
    ${{ cases: [] }}                                                                                  | ${'cases: error:'}                    | ${'a file without cases tests nothing'}
    ${'{'}                                                                                            | ${'line 1, column 2: error:'}         | ${'not JSON'}
    ${'{"cases": [], "cases": []}'}                                                                   | ${'line 1, column 15: error:'}        | ${'a key twice'}
    ${{ cases: [{ ...SMALL }] }}                                                                      | ${'cases[0].expect: error:'}          | ${'nothing is expected'}
    ${{ cases: [{ ...SMALL, expect: { action: 'deny' } }] }}                                          | ${'cases[0].expect.action: error:'}   | ${'no such action'}
    ${{ cases: [{ ...SMALL, expects: 1, expect: {} }] }}                                              | ${'cases[0].expects: error:'}         | ${'a key that is not known'}
    ${{ cases: [{ ...SMALL, expect: { action: 'allow' }, before: [{ tool: 'a', every: 'soon' }] }] }} | ${'cases[0].before[0].every: error:'} | ${'no time'}
  `('fails on a file that can not be used, with the place: $because', async ({ contents, says }) => {
    const { exitCode, stdout } = await testing(casesFile(contents))
    expect(exitCode).toBe(1)
    expect(stdout).toContain(says)
    expect(stdout).toContain('No cases: nothing was tested.')
  })

  it('reads directories, however deep, and fails on an empty one', async () => {
    const directory = dirname(dirname(casesFile({ cases: [{ ...SMALL, expect: { action: 'allow' } }] }, 'deep/a.json')))
    expect(await testing(directory)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 case,') })
    expect(await testing(tempDir())).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('No cases') })
    expect(await testing('/nowhere')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('/nowhere') })
  })

  it('takes the rules from the environment, and wants some', async () => {
    const file = join(ROOT, 'cases.example.json')
    expect(await sentinel(['test', file], { env: { SENTINEL_RULES_PATH: RULES } })).toMatchObject({ exitCode: 0 })
    expect(await sentinel(['test', file])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--rules') })
  })
})

describe('cases.schema.json', () => {
  it('is what the code generates; run scripts/schemas.mjs when it is not', () => {
    expect(json('cases.schema.json')).toEqual(casesJsonSchema())
  })

  test.each`
    given                                                              | accepts
    ${{ cases: [{ ...SMALL, expect: { action: 'allow' } }] }}          | ${true}
    ${json('cases.example.json')}                                      | ${true}
    ${{ cases: [] }}                                                   | ${false}
    ${{ cases: [{ ...SMALL, expect: { action: 'deny' } }] }}           | ${false}
    ${{ cases: [{ ...SMALL, expect: { action: 'allow' }, also: 1 }] }} | ${false}
  `('accepts $given: $accepts', ({ given, accepts }) => {
    const editor = z.fromJSONSchema(json('cases.schema.json') as Parameters<typeof z.fromJSONSchema>[0])
    expect(editor.safeParse(given).success).toBe(accepts)
  })
})
