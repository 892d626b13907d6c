/** Asks one webhook, prints the answer, and ends when nothing is left to do: a socket or timer that stays keeps it alive. */

import { createWebhookApprover } from '../../../src/approval/webhook/approver.ts'
import { type WebhookConfig, webhookSettings } from '../../../src/approval/webhook/settings.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { aRequest } from '../requests.ts'

const { config, givesUp } = JSON.parse(process.argv[2] ?? '') as {
  config: WebhookConfig
  givesUp: 'on-input' | 'never'
}
const caller = new AbortController()
if (givesUp === 'on-input') process.stdin.once('data', () => caller.abort())
const approver = createWebhookApprover(webhookSettings(config), { clock: systemClock })
const answer = await approver.request(aRequest(systemClock, { timeoutMs: 3_600_000 }), caller.signal)
process.stdin.destroy()
process.stdout.write(JSON.stringify(answer))
