import { inspect } from 'node:util'
import { describe, expect, it, test } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import { presets } from '../../src/config/config.ts'
import { readConfig } from '../../src/config/read.ts'
import { type Issue, SentinelConfigError } from '../../src/errors.ts'

const issues = (config: unknown, environment: Record<string, string> = {}): readonly Issue[] => {
  try {
    readConfig(config, environment)
    return []
  } catch (error) {
    if (error instanceof SentinelConfigError) return error.issues
    throw error
  }
}

const LLM_MODEL = { specificationVersion: 'v4', provider: 'test', modelId: 'x', doGenerate: () => undefined }

describe('[F1] a configuration that can not be used is refused at start', () => {
  test.each<{ config: unknown; path: string; code: string; says: string }>([
    { config: { rulePath: 'x' }, path: 'rulePath', code: 'unknown_key', says: 'there is no such key' },
    { config: { limits: { bytes: 1 } }, path: 'limits.bytes', code: 'unknown_key', says: 'there is no such key' },
    { config: { rules_path: 'x' }, path: 'rules_path', code: 'unknown_key', says: 'Did you mean "rulesPath"?' },
    { config: { failmode: 'safe' }, path: 'failmode', code: 'unknown_key', says: 'Did you mean "failMode"?' },
    {
      config: { redact: { names: [5] } },
      path: 'redact.names[0]',
      code: 'wrong_value',
      says: 'expected string, found 5',
    },
    { config: { approvers: [] }, path: 'approvers', code: 'wrong_value', says: 'found an empty array' },
    { config: [], path: '', code: 'wrong_value', says: 'expected object, found an empty array' },
    { config: { rules: 'x.json' }, path: 'rules', code: 'wrong_value', says: "found 'x.json'" },
    { config: { failMode: 'open' }, path: 'failMode', code: 'wrong_value', says: "'open'" },
    { config: { agentId: '' }, path: 'agentId', code: 'wrong_value', says: "''" },
    { config: { anomalyBlockThreshold: Number.NaN }, path: 'anomalyBlockThreshold', code: 'wrong_value', says: 'NaN' },
    { config: { anomalyBlockThreshold: 11 }, path: 'anomalyBlockThreshold', code: 'wrong_value', says: '11' },
    { config: { anomalyBlockThreshold: '9' }, path: 'anomalyBlockThreshold', code: 'wrong_value', says: "'9'" },
    { config: { anomalyMinSamples: 1.5 }, path: 'anomalyMinSamples', code: 'wrong_value', says: '1.5' },
    { config: { timeZone: 'Mars/Olympus' }, path: 'timeZone', code: 'wrong_value', says: "found 'Mars/Olympus'" },
    { config: { anomalyMethod: 'magic' }, path: 'anomalyMethod', code: 'wrong_value', says: 'magic' },
    {
      config: { anomalyBudget: { escalatePer1000: 50, warnPer1000: 46 } },
      path: 'anomalyBudget',
      code: 'wrong_value',
      says: 'less than warnPer1000',
    },
    {
      config: { anomalyBudget: { escalatePer1000: 0, warnPer1000: 46 } },
      path: 'anomalyBudget.escalatePer1000',
      code: 'wrong_value',
      says: '0',
    },
    { config: { store: {} }, path: 'store', code: 'wrong_value', says: 'AuditStore' },
    {
      config: { store: Object.assign(createMemoryStore(), { tail: undefined }) },
      path: 'store',
      code: 'wrong_value',
      says: 'it has no method tail, found an object',
    },
    {
      config: { store: createMemoryStore(), auditLogPath: './audit.db' },
      path: 'auditLogPath',
      code: 'contradiction',
      says: 'found both',
    },
    { config: { auditKey: 'too short' }, path: 'auditKey', code: 'wrong_value', says: 'at least 32 bytes' },
    { config: { auditKey: new Uint8Array(31) }, path: 'auditKey', code: 'wrong_value', says: 'at least 32 bytes' },
    { config: { auditKey: 5 }, path: 'auditKey', code: 'wrong_value', says: 'as text or as a Uint8Array' },
    { config: { logger: true }, path: 'logger', code: 'wrong_value', says: 'pino' },
    { config: { approval: 'phone' }, path: 'approval', code: 'wrong_value', says: "'terminal', 'queue'" },
    { config: { approvalUrl: 'ftp://x' }, path: 'approvalUrl', code: 'wrong_value', says: 'address of a page' },
    { config: { approvalUrl: 'https://a:b@x' }, path: 'approvalUrl', code: 'wrong_value', says: 'without user' },
    { config: { approvalUrl: 'https://x/?a=b' }, path: 'approvalUrl', code: 'wrong_value', says: 'without user' },
    { config: { approval: [] }, path: 'approval', code: 'wrong_value', says: 'found an empty array' },
    { config: { approval: ['queue', 'x'] }, path: 'approval[1]', code: 'wrong_value', says: "found 'x'" },
    { config: { approvalTimeoutMs: -5 }, path: 'approvalTimeoutMs', code: 'wrong_value', says: '-5' },
    { config: { rules: {}, rulesPath: 'x' }, path: 'rules', code: 'contradiction', says: 'both' },
    { config: { watchRules: true }, path: 'watchRules', code: 'contradiction', says: 'rulesPath' },
    {
      config: { store: createMemoryStore(), auditHeadPath: 'x' },
      path: 'auditHeadPath',
      code: 'contradiction',
      says: 'SQLite file',
    },
    {
      config: { store: createMemoryStore(), onCheckpoint() {} },
      path: 'onCheckpoint',
      code: 'contradiction',
      says: 'SQLite file',
    },
    {
      config: { onCheckpoint: 'https://x.example' },
      path: 'onCheckpoint',
      code: 'wrong_value',
      says: 'expected a function',
    },
    { config: { auditWriter: 'worker' }, path: 'auditWriter', code: 'wrong_value', says: 'thread' },
    { config: { auditLog: false }, path: 'auditLog', code: 'contradiction', says: 'anomalyDetection: false' },
    {
      config: { anomalyStatistical: false },
      path: 'anomalyStatistical',
      code: 'contradiction',
      says: 'anomalyDetection: false',
    },
    { config: { anomalyLlm: true }, path: 'OPENAI_API_KEY', code: 'missing_key', says: 'set OPENAI_API_KEY' },
    {
      config: { anomalyLlm: true, anomalyLlmProvider: 'anthropic' },
      path: 'ANTHROPIC_API_KEY',
      code: 'missing_key',
      says: 'set ANTHROPIC_API_KEY',
    },
    {
      config: { anomalyLlmProvider: 'openai' },
      path: 'anomalyLlmProvider',
      code: 'contradiction',
      says: 'anomalyLlm: true',
    },
    { config: { anomalyLlmModel: 'x' }, path: 'anomalyLlmModel', code: 'contradiction', says: 'anomalyLlm: true' },
    { config: { anomalyLlmWhen: 'always' }, path: 'anomalyLlmWhen', code: 'contradiction', says: 'anomalyLlm: true' },
    { config: { anomalyLlmBudget: {} }, path: 'anomalyLlmBudget', code: 'contradiction', says: 'anomalyLlm: true' },
    {
      config: { anomalyLlm: true, anomalyLlmProvider: LLM_MODEL, anomalyDetection: false },
      path: 'anomalyLlm',
      code: 'contradiction',
      says: 'anomalyDetection',
    },
    {
      config: { anomalyLlm: true, anomalyLlmProvider: LLM_MODEL, anomalyLlmModel: 'x' },
      path: 'anomalyLlmModel',
      code: 'contradiction',
      says: 'leave this out',
    },
    {
      config: {
        ...{ anomalyLlm: true, anomalyLlmProvider: LLM_MODEL },
        ...{ anomalyLlmWhen: { minRisk: 4 }, anomalyStatistical: false },
      },
      path: 'anomalyLlmWhen',
      code: 'contradiction',
      says: "write 'always'",
    },
    {
      config: { anomalyLlmProvider: 'gemini' },
      path: 'anomalyLlmProvider',
      code: 'wrong_value',
      says: 'LanguageModel',
    },
    {
      config: { anomalyLlmWhen: 'never' },
      path: 'anomalyLlmWhen',
      code: 'wrong_value',
      says: "expected 'always', { tools } or { minRisk }, found 'never'",
    },
    {
      config: { anomalyLlmWhen: { tools: [] } },
      path: 'anomalyLlmWhen.tools',
      code: 'wrong_value',
      says: 'found an empty array',
    },
    {
      config: { anomalyLlmBudget: { perMinute: -1 } },
      path: 'anomalyLlmBudget.perMinute',
      code: 'wrong_value',
      says: '>=0',
    },
    {
      config: { anomalyLlmWhen: { tools: ['pay'], minRisk: 4 } },
      path: 'anomalyLlmWhen',
      code: 'wrong_value',
      says: 'tools',
    },
    {
      config: { anomalyWarnThreshold: 8 },
      path: 'anomalyWarnThreshold, anomalyEscalationThreshold, anomalyBlockThreshold',
      code: 'out_of_order',
      says: '8, 7, 9',
    },
    {
      config: { anomalyEscalationThreshold: 9.5 },
      path: 'anomalyWarnThreshold, anomalyEscalationThreshold, anomalyBlockThreshold',
      code: 'out_of_order',
      says: '4, 9.5, 9',
    },
  ])('$config', ({ config, path, code, says }) => {
    expect(issues(config)).toEqual([expect.objectContaining({ path, code, message: expect.stringContaining(says) })])
  })

  it('lists everything at once', () => {
    expect(
      issues({ failMode: 'x', agentId: 5, nonsense: 1 })
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['agentId', 'failMode', 'nonsense'])
  })

  it.each([5, 'x', null, []])('refuses %j as a configuration', (config) => {
    if (config === null) expect(issues(config)).toEqual([])
    else expect(issues(config)).not.toEqual([])
  })
})

describe('defaults', () => {
  it('are those of the documentation', () => {
    expect(readConfig({}, {})).toMatchObject({
      agentId: 'default',
      failMode: 'secure',
      auditLog: true,
      auditLogPath: './.sentinel/audit.db',
      auditDurability: 'full',
      shadow: false,
      scoring: true,
      thresholds: { warn: 4, escalate: 7, block: 9 },
      minSamples: 5,
      lookbackDays: 30,
      timeZone: 'UTC',
      approvalTimeoutMs: 300_000,
      limits: { depth: 32, nodes: 10_000, textChars: 1_048_576 },
    })
  })

  it('of LLM analysis are those of the documentation', () => {
    const asking = { anomalyLlm: true, anomalyLlmProvider: LLM_MODEL }
    expect(readConfig({}, {}).llm).toBeUndefined()
    expect(readConfig(asking, {}).llm).toEqual({
      choice: { provider: LLM_MODEL },
      when: { minRisk: 4 },
      budget: { perMinute: 30, perDay: 1_000 },
      whenUsedUp: 'statistics',
    })
    expect(readConfig({ ...asking, anomalyStatistical: false }, {})).toMatchObject({
      ...{ scoring: false, learning: true },
      llm: { when: 'always' },
    })
    // Kept for later by who switches it by a variable.
    expect(readConfig({ ...asking, anomalyLlm: false }, {}).llm).toBeUndefined()
  })

  test.each`
    config                               | warn | escalate | block  | because
    ${presets.conservative}              | ${4} | ${5}     | ${7}   | ${'the preset'}
    ${presets.permissive}                | ${4} | ${8}     | ${9.5} | ${'the preset'}
    ${{ anomalyEscalationThreshold: 2 }} | ${2} | ${2}     | ${9}   | ${'warn follows a lower escalation threshold'}
    ${{ anomalyWarnThreshold: 6 }}       | ${6} | ${7}     | ${9}   | ${'said'}
  `('$config: $because', ({ config, ...thresholds }) => {
    const { warn, escalate, block } = thresholds
    expect(readConfig(config, {}).thresholds).toEqual({ warn, escalate, block })
  })

  it('undefined is the same as left out', () => {
    expect(readConfig({ agentId: undefined, failMode: undefined }, {})).toMatchObject({
      agentId: 'default',
      failMode: 'secure',
    })
  })
})

describe('the environment', () => {
  it('fills in what is not said', () => {
    const environment = {
      SENTINEL_RULES_PATH: 'r.json',
      SENTINEL_AUDIT_PATH: 'a.db',
      SENTINEL_FAIL_MODE: 'safe',
      SENTINEL_LOG_LEVEL: 'debug',
    }
    expect(readConfig({}, environment)).toMatchObject({
      rulesPath: 'r.json',
      auditLogPath: 'a.db',
      failMode: 'safe',
      logLevel: 'debug',
    })
    expect(
      readConfig({ rulesPath: 'mine.json', auditLogPath: 'mine.db', failMode: 'secure' }, environment),
    ).toMatchObject({
      rulesPath: 'mine.json',
      auditLogPath: 'mine.db',
      failMode: 'secure',
    })
    expect(readConfig({ rules: {} }, environment).rulesPath).toBeUndefined()
  })

  it('is told by its own names where it can not be used', () => {
    const empty = { SENTINEL_RULES_PATH: '', SENTINEL_AUDIT_PATH: '' }
    expect(issues({}, empty).map(({ path }) => path)).toEqual(['SENTINEL_RULES_PATH', 'SENTINEL_AUDIT_PATH'])
    expect(issues({ rules: {}, store: createMemoryStore() }, empty)).toEqual([])
  })

  test.each<{ auditKey: string | Uint8Array | undefined; bytes: string; because: string }>([
    { auditKey: undefined, bytes: 'é'.repeat(16), because: 'text counts as UTF-8' },
    { auditKey: 'k'.repeat(32), bytes: 'k'.repeat(32), because: 'a key that is given wins' },
    { auditKey: Buffer.from('b'.repeat(40)), bytes: 'b'.repeat(40), because: 'bytes are taken as they are' },
  ])('or a key: $because', ({ auditKey, bytes }) => {
    const { auditKey: key } = readConfig({ auditKey }, { SENTINEL_AUDIT_KEY: 'é'.repeat(16) })
    expect(key?.export()).toEqual(Buffer.from(bytes))
  })

  it('[P14] says nothing of a key that is refused, and shows none that is taken', () => {
    const [half, whole] = ['half of a key', 'a key of thirty-two bytes or more']
    const told = [issues({ auditKey: half }), issues({}, { SENTINEL_AUDIT_KEY: half })]
    expect(JSON.stringify(told)).not.toContain(half)
    expect(inspect(readConfig({ auditKey: whole }, {}), { depth: 9, showHidden: true })).not.toContain(whole)
  })

  it.each([
    ['SENTINEL_FAIL_MODE', 'open'],
    ['SENTINEL_LOG_LEVEL', 'loud'],
    ['SENTINEL_AUDIT_KEY', 'k'.repeat(31)],
    ['SENTINEL_AUDIT_KEY', ''],
  ])('%s=%s is refused', (name, value) => {
    expect(issues({}, { [name]: value })).toEqual([expect.objectContaining({ path: name })])
  })
})

it('[P14] what is wrong with the address of the approval page is told without it', () => {
  for (const approvalUrl of ['https://bob:hunter2@x.example', 'ftp://bob:hunter2@x.example', 'hunter2'])
    expect(JSON.stringify(issues({ approvalUrl }))).not.toContain('hunter2')
})
