import { pathText as redactedPathText } from './audit/redact/path.ts'
import type { Redacted, ToolCall } from './domain/call.ts'
import { emptyObject, type Params } from './domain/plain.ts'
import type { CallId, Digest } from './domain/units.ts'
import { SentinelArgumentError } from './errors.ts'
import { type ArgumentNaming, pathText, type Snapshot, snapshotArguments } from './snapshot/arguments.ts'
import { sha256 } from './snapshot/digest.ts'
import type { SnapshotLimits } from './snapshot/limits.ts'
import type { Clock } from './support/clock.ts'
import type { Ids } from './support/ids.ts'
import { messageOf } from './support/messages.ts'
import type { SchemaIssue, ToolProfile } from './tool.ts'

/** Who calls. */
export interface Caller {
  readonly agentId: string
  readonly principalId: string | undefined
  readonly sessionId: string | undefined
  /** Undefined: a new one is made. */
  readonly callId: CallId | undefined
}

export interface IntakePorts {
  readonly clock: Clock
  readonly ids: Ids
  readonly limits: SnapshotLimits
  redact(params: Params, secret: readonly string[]): Redacted
  /** The digest of arguments that have secrets, as it may be stored. */
  sealDigest(digest: Digest): Digest
  /** Takes secrets out of what an error says. */
  redactText(text: string): string
}

/** A call and the arguments that its tool will get. */
export interface Intake {
  readonly call: ToolCall
  /** Fresh each time; the caller's own arguments only when they could not be copied. */
  freshArguments(): unknown[]
  freshParams(): Readonly<Record<string, unknown>>
  /** The same call with other parameters; undefined when the arguments could not be copied. */
  withParams(params: Params): Intake | undefined
}

const NO_PARAMS: Params = Object.freeze(emptyObject())

/** Turns arguments into a call, now: what the caller changes later is not seen. Never throws; a call that can not be judged has a flaw. */
export function receive(profile: ToolProfile, args: readonly unknown[], who: Caller, ports: IntakePorts): Intake {
  const { tool, secret } = profile
  const snapshot = snapshotOf(profile, args, ports)
  const flawed = snapshot instanceof SentinelArgumentError
  const id = who.callId ?? ports.ids.callId()
  const redacted = flawed ? { params: NO_PARAMS, paths: [] } : ports.redact(snapshot.params, secret)
  const call: ToolCall = {
    id,
    idOrigin: who.callId === undefined ? 'generated' : 'given',
    tool,
    params: flawed ? NO_PARAMS : snapshot.params,
    redacted,
    flaw: flawed ? snapshot : undefined,
    notJudged: flawed ? [] : snapshot.notJudged,
    argumentShape: flawed ? undefined : snapshot.shape,
    digest: flawed ? digestOfNothing(tool, ports.ids.callId()) : digestOf(snapshot, redacted, ports),
    agentId: who.agentId,
    principalId: who.principalId,
    sessionId: who.sessionId,
    at: ports.clock.now(),
  }
  return {
    call,
    freshArguments: () => (flawed ? [...args] : snapshot.freshArguments()),
    freshParams: () => (flawed ? paramsAsGiven(args) : snapshot.freshParams()),
    withParams: (params) =>
      flawed ? undefined : receive(profile, snapshot.argumentsWith(params), { ...who, callId: id }, ports),
  }
}

/** The intake with a flaw when the tool's own schema does not accept its arguments. */
export async function checkSchema(intake: Intake, profile: ToolProfile, ports: IntakePorts): Promise<Intake> {
  if (profile.schema === undefined || intake.call.flaw !== undefined) return intake
  const flaw = await schemaFlaw(intake, profile.schema)
  return flaw === undefined ? intake : { ...intake, call: { ...intake.call, flaw: withoutSecrets(flaw, ports) } }
}

async function schemaFlaw(
  intake: Intake,
  schema: NonNullable<ToolProfile['schema']>,
): Promise<SentinelArgumentError | undefined> {
  const { tool } = intake.call
  try {
    const parsed = await schema.safeParseAsync(intake.freshParams())
    if (parsed.success) return undefined
    const [first] = parsed.error.issues
    const path = pathText(steps(first?.path ?? []))
    const issues = parsed.error.issues.map(
      (issue) => `${issue.path.map(String).join('.') || 'arguments'}: ${saidOf(issue, intake.call)}`,
    )
    return argumentError(`The arguments of '${tool}' do not fit its schema: ${issues.join('; ')}`, path)
  } catch (error) {
    return argumentError(`The schema of '${tool}' failed: ${messageOf(error)}`, '')
  }
}

/** A schema may quote the value that it does not accept, and by its looks alone nobody can tell that it is a secret. */
function saidOf({ path, message }: SchemaIssue, { redacted }: ToolCall): string {
  const place = redactedPathText(steps(path))
  const isSecret = redacted.paths.some((secret) => place === secret || isWithin(place, secret))
  return isSecret ? 'a secret that does not fit' : message
}

const isWithin = (place: string, whole: string): boolean =>
  place.startsWith(whole) && /^[.[]/.test(place.slice(whole.length))

const steps = (path: readonly PropertyKey[]): readonly (string | number)[] =>
  path.map((step) => (typeof step === 'symbol' ? String(step) : step))

const argumentError = (message: string, path: string): SentinelArgumentError =>
  new SentinelArgumentError(message, {
    path,
    forModel: { message: `The arguments do not fit this tool${path === '' ? '' : `: ${path}`}.` },
  })

function snapshotOf(
  profile: ToolProfile,
  args: readonly unknown[],
  ports: IntakePorts,
): Snapshot | SentinelArgumentError {
  const naming: ArgumentNaming = { params: profile.params, passthrough: profile.passthrough }
  try {
    return snapshotArguments({ ...naming, tool: profile.tool, args, limits: ports.limits })
  } catch (error) {
    const flaw =
      error instanceof SentinelArgumentError
        ? error
        : argumentError(`The arguments of '${profile.tool}' can not be judged: ${messageOf(error)}`, '')
    return withoutSecrets(flaw, ports)
  }
}

/** A key may be a secret too, and errors quote what they choke on. */
const withoutSecrets = (flaw: SentinelArgumentError, { redactText }: IntakePorts): SentinelArgumentError =>
  new SentinelArgumentError(redactText(flaw.message), {
    path: redactText(flaw.path),
    forModel: { message: redactText(flaw.forModel.message) },
  })

const digestOf = ({ digest }: Snapshot, { paths }: Redacted, { sealDigest }: IntakePorts): Digest =>
  paths.length === 0 ? digest : sealDigest(digest)

/** Like no other digest: arguments that could not be read are never the same as any others. */
const digestOfNothing = (tool: string, unique: CallId): Digest => sha256(`unjudgeable ${tool} ${unique}`)

/** What could not be copied goes on as it came, where a refusal is not acted on. */
const paramsAsGiven = ([first]: readonly unknown[]): Readonly<Record<string, unknown>> =>
  typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {}
