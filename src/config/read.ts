import { createSecretKey } from 'node:crypto'
import type { RiskThresholds } from '../domain/risk.ts'
import { type Issue, SentinelConfigError } from '../errors.ts'
import { withoutUndefined } from '../support/defined.ts'
import { DEFAULTS, type SentinelConfig, type Settings } from './config.ts'
import { configErrorAt } from './issues.ts'
import { llmSettings } from './llm.ts'
import { CONFIG_KEYS, configSchema, isKey, LOG_LEVELS, SHORT_KEY } from './schema.ts'
import { isPolled } from './webhook.ts'

const LIST = 'see docs/configuration.md for the list'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Checks a configuration and fills in what it does not say, from the environment and then from the defaults.
 * @throws SentinelConfigError listing everything wrong with it.
 */
export function readConfig(config: unknown, environment: Environment): Settings {
  const issues: Issue[] = []
  const parsed = configSchema.safeParse(config ?? {})
  if (!parsed.success) throw configErrorAt('', parsed.error, { given: config, keys: CONFIG_KEYS, list: LIST })
  const given = withEnvironment(parsed.data, environment, issues)
  issues.push(...contradictions(given, parsed.data))
  const llm = llmSettings(given, environment, issues)
  const thresholds = thresholdsOf(given)
  if (!(thresholds.warn <= thresholds.escalate && thresholds.escalate <= thresholds.block)) {
    const { warn, escalate, block } = thresholds
    const message = `expected warn <= escalation <= block, found ${warn}, ${escalate}, ${block}; change one of the three`
    issues.push({
      path: 'anomalyWarnThreshold, anomalyEscalationThreshold, anomalyBlockThreshold',
      code: 'out_of_order',
      message,
    })
  }
  if (issues.length > 0) throw new SentinelConfigError(issues)

  const channels = given.approval === undefined ? undefined : [given.approval].flat()
  // A suspended call needs nobody who listens now.
  const approval = channels ?? (given.approvalMode === 'suspend' ? ['queue' as const] : undefined)
  const detects = given.anomalyDetection ?? true
  const scoring = detects && (given.anomalyStatistical ?? true)
  return Object.freeze({
    ...DEFAULTS,
    ...withoutUndefined(given),
    approval,
    approvalUrl: given.approvalUrl?.replace(/\/+$/, ''),
    auditKey: given.auditKey === undefined ? undefined : createSecretKey(Buffer.from(given.auditKey)),
    scoring,
    learning: detects,
    llm,
    method: given.anomalyMethod ?? DEFAULTS.method,
    budget: given.anomalyBudget ?? DEFAULTS.budget,
    thresholds,
    minSamples: given.anomalyMinSamples ?? DEFAULTS.minSamples,
    lookbackDays: given.anomalyLookbackDays ?? DEFAULTS.lookbackDays,
    limits: { ...DEFAULTS.limits, ...withoutUndefined(given.limits ?? {}) },
  })
}

type Given = SentinelConfig & { readonly logLevel?: string | undefined }

function withEnvironment(config: SentinelConfig, environment: Environment, issues: Issue[]): Given {
  const wrong = (path: string, message: string): void =>
    void issues.push({ path, code: 'invalid_environment', message })
  const failMode = environment.SENTINEL_FAIL_MODE
  const logLevel = environment.SENTINEL_LOG_LEVEL
  if (failMode !== undefined && failMode !== 'secure' && failMode !== 'safe') {
    wrong('SENTINEL_FAIL_MODE', `expected 'secure' or 'safe', found '${failMode}'`)
  }
  if (logLevel !== undefined && !LOG_LEVELS.includes(logLevel)) {
    wrong('SENTINEL_LOG_LEVEL', `expected one of ${LOG_LEVELS.join(', ')}, found '${logLevel}'`)
  }
  const auditKey = config.auditKey ?? environment.SENTINEL_AUDIT_KEY
  if (auditKey !== undefined && !isKey(auditKey)) wrong('SENTINEL_AUDIT_KEY', SHORT_KEY)
  const rulesPath = config.rulesPath ?? (config.rules === undefined ? environment.SENTINEL_RULES_PATH : undefined)
  const auditLogPath = config.auditLogPath ?? environment.SENTINEL_AUDIT_PATH
  const noPath = "expected the path of a file, found ''; take it out of the environment"
  if (rulesPath === '') wrong('SENTINEL_RULES_PATH', noPath)
  if (auditLogPath === '' && config.store === undefined && config.auditLog !== false)
    wrong('SENTINEL_AUDIT_PATH', noPath)
  return {
    ...config,
    ...(rulesPath === undefined ? {} : { rulesPath }),
    auditLogPath,
    failMode: config.failMode ?? (failMode === 'safe' ? 'safe' : undefined),
    logLevel,
    auditKey,
  }
}

function* contradictions(given: Given, config: SentinelConfig): Generator<Issue> {
  if (given.rules !== undefined && given.rulesPath !== undefined) {
    yield { path: 'rules', code: 'contradiction', message: 'found both `rules` and `rulesPath`; give one of them' }
  }
  if (config.store !== undefined && config.auditLogPath !== undefined) {
    const message = 'found both `store` and `auditLogPath`; give one of them'
    yield { path: 'auditLogPath', code: 'contradiction', message }
  }
  if (given.watchRules && given.rulesPath === undefined) {
    yield { path: 'watchRules', code: 'contradiction', message: 'there is no file to watch; give `rulesPath`' }
  }
  for (const key of ['auditHeadPath', 'onCheckpoint'] as const) {
    if (given[key] === undefined || (given.store === undefined && given.auditLog !== false)) continue
    const message = 'it belongs to the log in a SQLite file, which this configuration does without; leave it out'
    yield { path: key, code: 'contradiction', message }
  }
  if (given.approvalMode === 'suspend' && [given.approval].flat().some(isPolled)) {
    const message =
      "nobody fetches an answer for a call that does not wait; write `answers: 'callback'`, or leave out `approvalMode`"
    yield { path: 'approval', code: 'contradiction', message }
  }
  const detects = given.anomalyDetection ?? true
  if (detects && given.auditLog === false && given.store === undefined) {
    const message =
      'without an audit log there is no history to detect anomalies from; add `anomalyDetection: false`, or give a `store`'
    yield { path: 'auditLog', code: 'contradiction', message }
  }
  if (detects && given.anomalyStatistical === false && given.anomalyLlm !== true) {
    const message =
      'with statistics off there is nothing to detect anomalies with; add `anomalyLlm: true`, or write `anomalyDetection: false`'
    yield { path: 'anomalyStatistical', code: 'contradiction', message }
  }
}

function thresholdsOf(given: Given): RiskThresholds {
  const defaults = DEFAULTS.thresholds
  const escalate = given.anomalyEscalationThreshold ?? defaults.escalate
  const warn = given.anomalyWarnThreshold ?? Math.min(defaults.warn, escalate)
  return Object.freeze({ warn, escalate, block: given.anomalyBlockThreshold ?? defaults.block })
}
