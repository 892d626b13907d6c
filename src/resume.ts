import { unknownApproval } from './approvals.ts'
import type { Approval } from './domain/approval.ts'
import { type Desk, mustTakeCalls } from './entrance.ts'
import { SentinelError } from './errors.ts'
import { type Intake, receive } from './intake.ts'
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
  const { guarded, stages } = desk.parts.suspended.get(approval.id) ?? rebuilt(desk, approval, toolOf(approval.tool))
  return resumeGuarded(guarded, approval, stages)
}

function rebuilt(desk: Desk, approval: Approval, tool: WrappedTool | undefined): Suspended {
  const { redactedPaths, notJudged } = approval
  if (tool === undefined)
    throw notResumable(approval, `no tool '${approval.tool}' is wrapped in this process as a function`)
  const missing = [...redactedPaths, ...notJudged]
  if (missing.length > 0) throw notResumable(approval, `its arguments are not stored in full: ${missing.join(', ')}`)
  const intake = storedIntake(desk, approval, tool.profile)
  if (intake === undefined) throw notResumable(approval, 'its arguments can not be made from what is stored')
  const run = (running: Intake): unknown => tool.run(...running.freshArguments())
  return { guarded: { intake, run, signal: undefined, authorized: undefined }, stages: tool.stages }
}

/** The call as it was: whatever way its arguments are put together again, only those with its own digest are its own. */
function storedIntake({ parts }: Desk, approval: Approval, profile: ToolProfile): Intake | undefined {
  const { callId, agentId, principalId, sessionId, digest } = approval
  return shapesOf(approval, profile)
    .map((args) => receive(profile, args, { callId, agentId, principalId, sessionId }, parts.intake))
    .find(({ call }) => call.digest === digest)
}

const POSITION = /^arg[1-9]\d{0,2}$/

/** The ways in which arguments become these parameters: one object, a list of named ones, or an object and a list. */
function shapesOf({ params }: Approval, { params: names }: ToolProfile): readonly (readonly unknown[])[] {
  const given = Array.isArray(names) ? names : Object.keys(params).filter((key) => POSITION.test(key))
  const rest = Object.fromEntries(Object.entries(params).filter(([key]) => !given.includes(key)))
  const listed = given.map((name) => params[name])
  return [[params], listed, [rest, ...listed]]
}

const notResumable = ({ id }: Approval, because: string): SentinelError =>
  new SentinelError(
    'APPROVAL_NOT_RESUMABLE',
    `Approval ${id} can not be resumed here: ${because}. Make the same call again; it runs on this approval, once.`,
    { forModel: { retry: 'later', message: 'Make the same call again; it can then run.' } },
  )
