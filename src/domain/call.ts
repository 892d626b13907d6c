import type { SentinelArgumentError } from '../errors.ts'
import type { Params } from './plain.ts'
import type { CallId, Digest, EpochMs } from './units.ts'

/** What the wrapping code says of a tool, beyond its name, for the scorer to use. */
export interface ToolTraits {
  /** The tool only reads. Makes a call less risky in the calibrated method; the plain one takes no notice. */
  readonly readOnly: boolean
  /** Parameter names that say where something goes, and what a new one means. */
  readonly destinations: { readonly params: readonly string[]; readonly whenNew: 'warn' | 'escalate' }
  /** Parameter names that are not scored. Rules still read them. */
  readonly ignore: readonly string[]
}

/** What a scorer may see and learn from: the call as the log has it, with secrets replaced. */
export interface ScoredCall {
  readonly tool: string
  readonly agentId: string
  readonly at: EpochMs
  /** Redacted parameters. */
  readonly params: Params
}

/** Parameters fit for logs, approvers and the scorer. */
export interface Redacted {
  readonly params: Params
  /** Where something was replaced, such as `card.number`; sorted, without duplicates. */
  readonly paths: readonly string[]
}

/** Where the arguments went, in their order: each under a name among the parameters, or `null` for the object whose keys they are. */
export type ArgumentShape = readonly (string | null)[]

/** One call of one tool, frozen at the moment it was made. Everything that judges it reads this. */
export interface ToolCall {
  readonly id: CallId
  /** Whether `id` was given by the caller, who may then repeat it, or was made here. */
  readonly idOrigin: 'given' | 'generated'
  readonly tool: string
  /** What rules judge and the tool receives. */
  readonly params: Params
  /** What everyone else sees of `params`. */
  readonly redacted: Redacted
  /** Why the arguments can not be judged; then `params` is empty. Undefined for a call that can. */
  readonly flaw: SentinelArgumentError | undefined
  /** Names of arguments that were handed to the tool unjudged. */
  readonly notJudged: readonly string[]
  /** Undefined for a call that was not made with arguments. */
  readonly argumentShape?: ArgumentShape | undefined
  /** Of the tool's name and the exact arguments: two calls with one digest are the same request. */
  readonly digest: Digest
  readonly agentId: string
  readonly principalId: string | undefined
  readonly sessionId: string | undefined
  readonly at: EpochMs
}

/** The part of a call that a scorer sees. */
export const scoredCall = (call: ToolCall): ScoredCall => ({
  tool: call.tool,
  agentId: call.agentId,
  at: call.at,
  params: call.redacted.params,
})
