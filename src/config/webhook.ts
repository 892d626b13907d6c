import { validateHeaderName, validateHeaderValue } from 'node:http'
import { z } from 'zod'
import { allowedHostsOf, statusUrlOf, type WebhookConfig } from '../approval/webhook/settings.ts'
import { secretProblem } from '../approval/webhook/signature.ts'
import { hostOf, targetProblem } from '../approval/webhook/target.ts'

/** No message here repeats what was found: an address, a header and a secret may each let anyone in. */

const SECRETS_MAX = 4
const ms = z.int().min(100).max(60_000)
const isText = (value: unknown): value is string => typeof value === 'string'

const url = z.custom<string>((value) => isText(value) && URL.canParse(value), { error: 'expected a URL' })
const secret = z.custom<string | readonly string[]>().superRefine((value, context) => {
  const secrets = [value].flat()
  if (secrets.length < 1 || secrets.length > SECRETS_MAX)
    context.addIssue({ code: 'custom', message: `expected 1 to ${SECRETS_MAX} secrets, found ${secrets.length}` })
  for (const [index, each] of secrets.slice(0, SECRETS_MAX).entries()) {
    const message = secretProblem(each)
    if (message !== undefined) context.addIssue({ code: 'custom', path: Array.isArray(value) ? [index] : [], message })
  }
})
const allowedHost = z.custom<string>((value) => isText(value) && hostOf(value) !== undefined, {
  error: 'expected a host such as approvals.internal or 10.0.0.7, without scheme, port or path',
})

/** Set by the webhook itself, for each request. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length', 'content-type', 'connection', 'expect'])
const isOurs = (name: string): boolean =>
  OWN_HEADERS.has(name) || name.startsWith('webhook-') || name.startsWith('transfer-') || name === 'upgrade'

function isHeader(value: unknown, name: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value as string)
    return isText(value)
  } catch {
    return false
  }
}

const headers = z.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, each]) => isHeader(each, name) && !isOurs(name.toLowerCase())),
  {
    error: 'expected header names with their texts, without those the webhook sets itself (host, content-*, webhook-*)',
  },
)

/** Two ids that could not both stand in the name of one host. */
const PROBES = ['018f-a', '018f-b'] as const

const webhookSchema: z.ZodType<WebhookConfig> = z
  .strictObject({
    url,
    secret,
    headers: headers.optional(),
    allowedHosts: z.array(allowedHost).optional(),
    answers: z.enum(['poll', 'callback']).optional(),
    statusUrl: z.custom<string>(isStatusUrl, { error: 'expected a URL with `{id}` after its host' }).optional(),
    attemptTimeoutMs: ms.optional(),
    pollIntervalMs: ms.optional(),
  })
  .superRefine((config, context) => {
    const allowed = allowedHostsOf(config.allowedHosts)
    const wrong = (key: keyof WebhookConfig, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    const problem = targetProblem(new URL(config.url), allowed)
    if (problem !== undefined) wrong('url', problem)
    if (config.statusUrl === undefined) return
    if (config.answers === 'callback') return wrong('statusUrl', 'it is for `poll`; leave it out, or `answers`')
    const statusProblem = targetProblem(statusUrlOf(config.statusUrl)(PROBES[0]), allowed)
    if (statusProblem !== undefined) wrong('statusUrl', statusProblem)
  })

function isStatusUrl(value: unknown): boolean {
  if (!isText(value) || !value.includes('{id}')) return false
  const [one, another] = PROBES.map((id) => URL.parse(value.replaceAll('{id}', id)))
  return one?.origin === another?.origin && one?.href !== another?.href
}

export const isWebhook = (value: unknown): value is { readonly webhook: WebhookConfig } =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'webhook')

/** Whether its answer is fetched. */
export const isPolled = (channel: unknown): boolean => isWebhook(channel) && channel.webhook.answers !== 'callback'

/** Everything wrong with `{ webhook: … }`. */
export const webhookIssues = (value: unknown): readonly { readonly path: PropertyKey[]; readonly message: string }[] =>
  (z.strictObject({ webhook: webhookSchema }).safeParse(value).error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: [...issue.path, key],
          message: 'there is no such key; see docs/approvals.md',
        }))
      : [{ path: issue.path, message: issue.message }],
  )
