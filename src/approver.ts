import { terminalIsUsable } from './approval/default.ts'
import { firstAnswer } from './approval/first-answer.ts'
import { functionApprover } from './approval/function.ts'
import { queueApprover } from './approval/queue.ts'
import { createTerminalApprover } from './approval/terminal.ts'
import { createWebhookApprover } from './approval/webhook/approver.ts'
import { webhookSettings } from './approval/webhook/settings.ts'
import type { WebhookSecret } from './approval/webhook/signature.ts'
import type { ApprovalChannel, Settings } from './config/config.ts'
import { isWebhook } from './config/webhook.ts'
import type { Approver } from './domain/approval.ts'
import type { Surroundings } from './parts.ts'

type Place = Pick<Surroundings, 'input' | 'output' | 'clock'>

/** Who is asked about escalated calls: the configured channels, else the terminal where there is one; undefined: nobody. */
export function approverOf({ approval }: Settings, place: Place): Approver | undefined {
  if (approval !== undefined) return firstAnswer(approval.map((channel) => approverBy(channel, place)))
  return terminalIsUsable(place) ? approverBy('terminal', place) : undefined
}

function approverBy(channel: ApprovalChannel, { input, output, clock }: Place): Approver {
  if (channel === 'terminal') return createTerminalApprover({ input, output, clock })
  if (channel === 'queue') return queueApprover(clock)
  if (typeof channel === 'function') return functionApprover(channel, clock)
  return isWebhook(channel) ? createWebhookApprover(webhookSettings(channel.webhook), { clock }) : channel
}

/** What signs the decisions that come back by callback: the secrets of every webhook. */
export const callbackSecretsOf = ({ approval = [] }: Settings): readonly WebhookSecret[] =>
  approval.filter(isWebhook).flatMap(({ webhook }) => webhookSettings(webhook).secrets)
