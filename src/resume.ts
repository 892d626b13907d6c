import { unknownApproval } from './approvals.ts'
import type { Approval } from './domain/approval.ts'
import type { ArgumentShape } from './domain/call.ts'
import { type Desk, mustTakeCalls } from './entrance.ts'
import { SentinelError } from './errors.ts'
import { checkSchema, type Intake, receive } from './intake.ts'
import { type Guarded, resumeGuarded, type Stages } from './pipeline.ts'
import type { ToolProfile } from './tool.ts'

/** A call that waits for its approval outside of any running code. */
export interface Suspended {
  readonly guarded: Guarded<unknown>
  readonly stages: Stages
}

/** A tool as it was wrapped: what is needed to run a call of it that another process made. */
export interface WrappedTool {
  readonly profile: ToolProfile
  readonly run: (...args: unknown[]) => unknown
  readonly answers: Guarded<unknown>['answers']
  readonly stages: Stages
}

/**
 * Runs a suspended call on its approval. Rejects with `Refused`, with what the tool throws, or with the reason why it can not be run
 * from here.
 */
export async function resume(
  desk: Desk,
  id: string,
  toolOf: (name: string) => WrappedTool | undefined,
): Promise<unknown> {
  mustTakeCalls(desk, `approval ${id}`)
  const approval = await desk.parts.approvals.find(id)
  if (approval === undefined) throw unknownApproval()
  const { guarded, stages } =
    desk.parts.suspended.get(approval.id) ?? (await rebuilt(desk, approval, toolOf(approval.tool)))
  return resumeGuarded(guarded, approval, stages)
}

async function rebuilt(desk: Desk, approval: Approval, tool: WrappedTool | undefined): Promise<Suspended> {
  const { redactedPaths, notJudged } = approval
  if (tool === undefined)
    throw notResumable(approval, `no tool '${approval.tool}' is wrapped in this process as a function`)
  const missing = [...redactedPaths, ...notJudged]
  if (missing.length > 0) throw notResumable(approval, `its arguments are not stored in full: ${missing.join(', ')}`)
  const stored = storedIntake(desk, approval, tool.profile)
  if (stored === undefined) throw notResumable(approval, 'its arguments can not be made from what is stored')
  const intake = await checkSchema(stored, tool.profile, desk.parts.intake)
  const run = (running: Intake): unknown => tool.run(...running.freshArguments())
  const { answers } = tool
  return { guarded: { intake, run, answers, signal: undefined, authorized: undefined }, stages: tool.stages }
}

/** The call as it was. What could not be stored as it was, such as a date, gives another digest than its own. */
function storedIntake({ parts }: Desk, approval: Approval, profile: ToolProfile): Intake | undefined {
  const { callId, agentId, principalId, sessionId, digest, argumentShape } = approval
  if (argumentShape === undefined) return undefined
  const args = argumentsOf(approval, argumentShape)
  const intake = receive(profile, args, { callId, agentId, principalId, sessionId }, parts.intake)
  return intake.call.digest === digest ? intake : undefined
}

function argumentsOf({ params }: Approval, shape: ArgumentShape): readonly unknown[] {
  const rest = Object.fromEntries(Object.entries(params).filter(([key]) => !shape.includes(key)))
  return shape.map((name) => (name === null ? rest : params[name]))
}

const notResumable = ({ id }: Approval, because: string): SentinelError =>
  new SentinelError(
    'APPROVAL_NOT_RESUMABLE',
    `Approval ${id} can not be resumed here: ${because}. Make the same call again; it runs on this approval, once.`,
    { forModel: { retry: 'later', message: 'Make the same call again; it can then run.' } },
  )
