import { askStep } from './ask-step.ts'
import type { Asking, Permit, PermitPorts } from './asking.ts'
import type { AskStep } from './audit/approval-step.ts'
import { consult } from './consult.ts'
import {
  type DecisionSettings,
  decide,
  NOT_ASKED,
  type OpinionFinding,
  type RiskFinding,
  refuseUnjudgeable,
} from './decide/decide.ts'
import type { ToolCall } from './domain/call.ts'
import { scoredCall } from './domain/call.ts'
import type { Decision } from './domain/decision.ts'
import type { Params, Plain } from './domain/plain.ts'
import { withPlainMarks } from './domain/redacted.ts'
import { levelOf } from './domain/risk.ts'
import type { FailMode } from './domain/settings.ts'
import { riskScore } from './domain/units.ts'
import { expire } from './endings.ts'
import { asAuditUnavailable, isSentinelError } from './errors.ts'
import { checkSchema } from './intake.ts'
import type { Recorded } from './journal.ts'
import type { Parts } from './parts.ts'
import { answered, approvalOf, obtainPermit, resumed, settle } from './permit.ts'
import { judge, type Stages } from './pipeline.ts'
import { debugLines, infoLines } from './risk/lines.ts'
import { Copier } from './snapshot/copy.ts'
import { errorClassOf, messageOf } from './support/messages.ts'
import type { ToolProfile } from './tool.ts'
import type { Counted } from './windows.ts'

/** The pipeline's stages for the calls of one tool. */
export function stagesFor(profile: ToolProfile, parts: Parts): Stages {
  const { settings, journal, observers, rulebook, windows, clock, telemetry } = parts
  const enforcement = settings.shadow ? 'shadow' : 'enforced'
  const failMode = profile.failMode ?? settings.failMode
  // In shadow mode a store that fails refuses nobody.
  const storeFailMode = settings.shadow ? 'safe' : failMode
  const { thresholds, approvalTimeoutMs } = settings
  const decisionSettings: DecisionSettings = { thresholds, failMode, approvalTimeoutMs, enforcement }
  const context = profile.context && contextOf(profile, profile.context, parts)
  const stepFor = async (call: ToolCall, decision: Decision): Promise<AskStep | undefined> =>
    decision.action === 'escalate' && decision.enforced
      ? askStep(call, decision, {
          ...parts,
          context: await context?.(withPlainMarks(call.redacted)),
          secretNames: profile.secret,
        })
      : undefined
  const permits: PermitPorts = {
    approver: parts.approver,
    mode: settings.approvalMode,
    failMode: storeFailMode,
    approvals: parts.approvals,
    journal,
    clock,
    closing: parts.closing,
    linkTo: (id) => settings.approvalUrl && `${settings.approvalUrl}/approvals/${id}`,
    async askAgain({ intake, decision }) {
      const step = await stepFor(intake.call, decision)
      if (step === undefined) throw new TypeError('only an escalated call is asked about')
      return journal.askedAgain(step)
    },
    async judgeAgain(other) {
      const intake = await checkSchema(other, profile, parts.intake)
      return { intake, decision: await judge(intake.call, stages, await stages.recount?.(intake.call)) }
    },
  }

  /** What the rules were told of other calls holds only while this one is counted. */
  function confirmCounted(call: ToolCall): void {
    try {
      windows?.confirm(call)
    } catch (error) {
      observers.fault('audit', messageOf(error), call.id)
      if (storeFailMode === 'secure') throw error
    }
  }

  async function release(call: ToolCall): Promise<void> {
    try {
      await windows?.release(call)
    } catch (error) {
      observers.fault('audit', `A refused call still counts for a while: ${messageOf(error)}`, call.id)
    }
  }

  async function releasing({ intake: { call } }: Asking, permit: Promise<Permit>): Promise<Permit> {
    const granting = await permit
    if (granting.granted) return granting
    telemetry.refused(call, granting.refusal.code)
    await release(call)
    return granting
  }

  async function counting(asking: Asking, permit: Promise<Permit>): Promise<Permit> {
    const granting = await releasing(asking, permit)
    const refusal = granting.granted ? undefined : granting.refusal.code
    const { action, enforced } = asking.decision
    if (action === 'escalate' && enforced && refusal !== 'APPROVAL_PENDING') telemetry.answered(refusal)
    return granting
  }

  /** A call of this id waited for its approval, and is made again. */
  async function madeAgain(error: unknown, call: ToolCall, decision: Decision): Promise<Recorded> {
    const mayWait = settings.approvalMode === 'suspend' && decision.action === 'escalate' && decision.enforced
    if (!mayWait || !isSentinelError(error) || error.code !== 'CALL_ALREADY_RAN') throw error
    const approval = await parts.approvals.ofCall(call.id)
    if (approval === undefined || approval.digest !== call.digest || approval.startedCall !== undefined) throw error
    if (approval.state === 'cancelled') throw error
    return {
      auditId: error.auditId,
      asked: { status: approval.state === 'pending' ? 'joined' : 'approved-before', approval },
    }
  }

  const stages: Stages = {
    async ready() {
      try {
        await parts.ready()
        await parts.learner?.refresh()
      } catch (error) {
        observers.fault('audit', `The audit log can not be used: ${messageOf(error)}`)
        if (storeFailMode === 'secure') throw asAuditUnavailable(error)
      }
    },
    get reserve() {
      return countingFor('reserve', storeFailMode, parts)
    },
    get recount() {
      return countingFor('recount', storeFailMode, parts)
    },
    get foresee() {
      return countingFor('foresee', storeFailMode, parts)
    },
    release,
    evaluateRules: (call, counted) =>
      counted === undefined ? rulebook.evaluate(call) : counted.rules.evaluateCounted(call, counted.usage),
    assessRisk: (call) => assessRisk(call, profile, parts),
    consult: consultFor(profile, parts, decisionSettings),
    refuseUnjudgeable: (flaw) => refuseUnjudgeable(flaw.message, enforcement),
    decide: (verdict, risk, opinion) => decide({ verdict, risk, opinion }, decisionSettings),
    async record(call, decision) {
      if (decision.action !== 'block') confirmCounted(call)
      const ask = await stepFor(call, decision)
      const deciding = journal.decided(call, decision, { failMode: storeFailMode, ask })
      const recorded = await deciding.catch((error: unknown) => madeAgain(error, call, decision))
      telemetry.decided(call, decision, recorded.auditId)
      // An adapter asks no permit for what is blocked: the call ends here.
      if (decision.action === 'block' && decision.enforced) telemetry.refused(call, call.flaw?.code ?? 'BLOCKED')
      observers.decided(call, decision, recorded.auditId)
      if (parts.analyst !== undefined) parts.recentCalls.remember(call, decision.action)
      return recorded
    },
    obtainPermit: (asking) =>
      telemetry.watched(asking.intake.call, () => counting(asking, obtainPermit(asking, permits))),
    async settle(asking, answer) {
      const { call } = asking.intake
      await settle(asking, answer, permits)
      const refusal = answer.outcome === 'denied' ? 'APPROVAL_DENIED' : undefined
      telemetry.answered(refusal)
      if (refusal === undefined) return
      telemetry.refused(call, refusal)
      await release(call)
    },
    redeem: (asking, answer) => releasing(asking, answered(asking, answer, permits)),
    resume: (asking, approval) => counting(asking, resumed(asking, approval, permits)),
    expire: (asking) => counting(asking, expire(asking, approvalOf(asking), permits)),
    suspend(id, guarded) {
      // The one that asked has its decision in the log; one that only joined it has none.
      if (parts.suspended.get(id) === undefined) parts.suspended.set(id, { guarded, stages })
    },
    afterEdit(edit, result) {
      const { by, note, id } = edit.approval
      observers.log(
        'info',
        { callId: edit.intake.call.id },
        `'${profile.tool}' ran with the arguments that ${by} gave it`,
      )
      const notice = { approvalId: id, by, note, params: withPlainMarks(edit.intake.call.redacted) }
      if (profile.onEdited === undefined) return result
      try {
        return profile.onEdited(notice, result) as typeof result
      } catch (error) {
        // The tool has run: an error now would have the agent make the call again.
        observers.fault(
          'approval',
          `\`onEdited\` of '${profile.tool}' failed: ${messageOf(error)}`,
          edit.intake.call.id,
        )
        return result
      }
    },
    noteStart: (call) => journal.started(call),
    recordOutcome(call, outcome) {
      journal.finished(call, outcome)
      const errorClass = outcome.status === 'threw' ? parts.intake.redactText(errorClassOf(outcome.error)) : undefined
      telemetry.ended(call, { durationMs: outcome.durationMs, errorClass })
    },
    telemetry,
    clock,
  }
  return stages
}

/**
 * Counts by the rules in force now, which then judge the call as well. Undefined when they do not look back. A store that can not count
 * is a store that can not record: the call is refused, or what the rules ask is unknown.
 */
function countingFor(
  how: 'reserve' | 'recount' | 'foresee',
  failMode: FailMode,
  { rulebook, windows, observers }: Parts,
) {
  const rules = rulebook.current
  if (windows === undefined || !rules?.looksBack) return undefined
  return async (call: ToolCall): Promise<Counted> => {
    try {
      return { rules, usage: await windows[how](call, rules) }
    } catch (error) {
      observers.fault('audit', `Calls could not be counted: ${messageOf(error)}`, call.id)
      if (failMode === 'secure') throw asAuditUnavailable(error)
      return { rules, usage: undefined }
    }
  }
}

/** Whatever goes wrong in asking is a judge that failed. */
function consultFor(profile: ToolProfile, parts: Parts, settings: DecisionSettings): Stages['consult'] {
  const { analyst, observers } = parts
  if (analyst === undefined) return undefined
  return async (call, verdict, risk): Promise<OpinionFinding> => {
    try {
      const unasked = decide({ verdict, risk, opinion: NOT_ASKED }, settings)
      return await consult({ call, verdict, risk, profile, unasked }, analyst, parts)
    } catch (error) {
      const because = parts.intake.redactText(messageOf(error))
      observers.fault('llm', `The LLM analysis of '${call.tool}' failed: ${because}`, call.id)
      return { status: 'failed', because }
    }
  }
}

/** A scorer that throws, or says what is not a risk, has failed: that is a value here, and the decision says what it means. */
function assessRisk(
  call: ToolCall,
  profile: ToolProfile,
  { settings, learner, observers, restored }: Parts,
): RiskFinding {
  if (learner === undefined || !settings.scoring) return { status: 'off' }
  if (!restored) return { status: 'failed', because: 'the baselines are not restored from the log yet' }
  try {
    const assessment = learner.detector.score(scoredCall(call), profile.traits)
    const score = riskScore(assessment.score)
    if (observers.logs('debug'))
      for (const line of debugLines(call.tool, assessment)) observers.log('debug', { callId: call.id }, line)
    const level = levelOf(score, settings.thresholds)
    for (const line of infoLines(call.tool, assessment, level)) observers.log('info', { callId: call.id }, line)
    return { status: 'scored', assessment }
  } catch (error) {
    const because = messageOf(error)
    observers.fault('risk', `The scorer failed on '${call.tool}': ${because}`, call.id)
    return { status: 'failed', because }
  }
}

/** Extra facts for the approver. Facts that fail are left out: an approver without them can still say no. */
function contextOf(profile: ToolProfile, facts: NonNullable<ToolProfile['context']>, parts: Parts) {
  return async (params: Params): Promise<Plain | undefined> => {
    try {
      const copied = new Copier(parts.settings.limits).copy(await facts(params), 'context')
      return withPlainMarks(parts.intake.redact(Object.freeze({ context: copied }), profile.secret)).context
    } catch (error) {
      parts.observers.fault('approval', `The context of '${profile.tool}' is missing: ${messageOf(error)}`)
      return undefined
    }
  }
}
