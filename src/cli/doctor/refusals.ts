import { readFileSync } from 'node:fs'
import { createMemoryStore } from '../../audit/memory.ts'
import type { SentinelConfig } from '../../config/config.ts'
import type { UsualCalls, UsualParameter } from '../../domain/baseline.ts'
import { isRedacted } from '../../domain/redacted.ts'
import { SentinelBlockedError } from '../../errors.ts'
import type { Surroundings } from '../../parts.ts'
import { Sentinel } from '../../sentinel.ts'
import { readJsonText } from '../../support/json.ts'
import { messageOf } from '../../support/messages.ts'
import { shortNumber } from '../baselines/draw.ts'
import { type OpenBaselines, withBaselines } from '../baselines/open.ts'
import type { LogPlaceOptions } from '../log-place.ts'
import type { Terminal } from '../terminal.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const PROBE_TOOL = 'sentinel_doctor_probe'
const PROBE_RULE = {
  ...{ id: PROBE_TOOL, function_pattern: PROBE_TOOL, action: 'block' },
  priority: Number.MIN_SAFE_INTEGER,
}
const HISTORY = [50, 60, 70, 80, 90] as const
const OUTLANDISH = 5_000
/** So many values of a number make what is far from all of them an anomaly. */
const VALUES_MIN = 10
const STOPPED = 7

/** A guard as it would be here, with a log in memory: nothing of this is written to the user's. */
const guardOf = (config: SentinelConfig, surroundings: Partial<Surroundings> = {}): Sentinel =>
  new Sentinel({ store: createMemoryStore(), logger: false, ...config }, { environment: {}, ...surroundings })

/** A call that must not run is made through a guard with the given rules, and one rule more that blocks it. */
export async function ruleRefusal(rulesPath: string | undefined): Promise<Finding> {
  const guard = guardOf({ rules: withProbe(rulesPath) })
  let ran = false
  const tool = guard.wrap(PROBE_TOOL, async () => {
    ran = true
  })
  try {
    const refused = await tool().catch((error: unknown) => error)
    const recorded = await guard.audit.query({ tool: PROBE_TOOL, event: 'block' })
    if (!ran && refused instanceof SentinelBlockedError && recorded.length === 1)
      return ok('rule refusal', 'a blocked call was refused, recorded, and did not run')
    const what = ran ? 'a blocked call ran' : `a blocked call was not refused as one: ${messageOf(refused)}`
    return fail('rule refusal', what, 'do not rely on this guard; install it anew, and report this')
  } finally {
    await guard.close()
  }
}

function withProbe(rulesPath: string | undefined): object {
  if (rulesPath === undefined) return { version: '1.0', rules: [PROBE_RULE] }
  const file = readJsonText(readFileSync(rulesPath, 'utf8').replace(/^\uFEFF/, '')) as unknown as {
    readonly rules: readonly object[]
  }
  return { ...file, rules: [PROBE_RULE, ...file.rules] }
}

/** The worked example of the manual: an amount 311.8 standard deviations from what is usual must be blocked. */
export async function anomalyRefusal(): Promise<Finding> {
  const guard = guardOf({})
  try {
    const pay = guard.wrap(PROBE_TOOL, async (_: object) => undefined)
    for (const amount of HISTORY) await pay({ amount })
    const { action, risk, message } = await guard.check({ tool: PROBE_TOOL, params: { amount: OUTLANDISH } })
    if (action === 'block') return ok('anomaly refusal', message)
    const what = `an outlandish call came out as ${action}, risk ${risk.toFixed(1)}`
    return fail('anomaly refusal', what, 'do not rely on this guard; install it anew, and report this')
  } finally {
    await guard.close()
  }
}

/** An outlandish call of a tool that is known, against what the log taught. */
export const learnedRefusal = (terminal: Terminal, place: LogPlaceOptions): Promise<Finding> =>
  withBaselines(terminal, { ...place, purpose: 'read' }, async (open) => {
    const known = await open.baselines.list()
    const probe = known.map(probeOf).find((found) => found !== undefined)
    if (probe === undefined)
      return ok('learned refusal', `no number of a tool is known well enough yet (${known.length} tools and agents)`)
    return judged(probe, open)
  })

interface Probe {
  readonly usual: UsualCalls
  readonly param: string
  readonly value: number
}

/** The first number that is well known, far outside what is usual. */
function probeOf(usual: UsualCalls): Probe | undefined {
  const known = usual.parameters.find(({ param, numbers }) => isTopLevel(param) && (numbers?.count ?? 0) >= VALUES_MIN)
  if (known?.numbers === undefined) return undefined
  const { mean, sd } = known.numbers
  return { usual, param: known.param, value: Math.ceil((Math.abs(mean) + sd + 1) * 1_000) }
}

const isTopLevel = (param: string): boolean => !/[\\.]/.test(param)

async function judged({ usual, param, value }: Probe, { detector }: OpenBaselines): Promise<Finding> {
  const { tool, agentId } = usual
  const params = { ...usualParams(usual.parameters), [param]: value }
  const guard = guardOf({}, { makeDetector: () => detector() })
  try {
    const { risk } = await guard.as({ agentId }, () => guard.check({ tool, params }))
    const what = `${tool} with ${param} ${shortNumber(value)} would be risk ${risk.toFixed(1)} for agent ${agentId}`
    if (risk >= STOPPED) return ok('learned refusal', what)
    return warn('learned refusal', what, `look at what is usual: sentinel baselines show ${tool}`)
  } finally {
    await guard.close()
  }
}

/** The other parameters as they usually are. */
function usualParams(parameters: readonly UsualParameter[]): Readonly<Record<string, unknown>> {
  const entries = parameters.flatMap(({ param, numbers, topValues }) => {
    const value = numbers?.quantiles.p50 ?? topValues[0]?.value
    return value === undefined || !isTopLevel(param) || isRedacted(String(value)) ? [] : [[param, value] as const]
  })
  return Object.fromEntries(entries)
}
