import { readSecret, type WebhookSecret } from './signature.ts'
import { type AllowedHosts, hostOf } from './target.ts'

/** Asks by HTTP: a signed request goes to `url`, and the answer is fetched or sent back. */
export interface WebhookConfig {
  /** Gets each request by POST. `https`, or `http` for a host in `allowedHosts`. */
  readonly url: string
  /**
   * Signs what is sent and verifies what comes back: `whsec_` and the base64 of 24 to 64 random bytes. Several while one is replaced:
   * all sign, and each is taken.
   */
  readonly secret: string | readonly string[]
  /** Sent with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Names or addresses that may be called although they are private, and without TLS. Default: none. */
  readonly allowedHosts?: readonly string[] | undefined
  /** `poll`: the answer is fetched from `statusUrl`. `callback`: it is handed to `approvals.callback()`. Default `poll`. */
  readonly answers?: 'poll' | 'callback' | undefined
  /** Where the answer is fetched; `{id}` stands for the id of the approval. Default: `url` with `/{id}/status` after its path. */
  readonly statusUrl?: string | undefined
  /** Milliseconds one HTTP request may take, 100 to 60,000. Default 15,000. */
  readonly attemptTimeoutMs?: number | undefined
  /** Milliseconds to the first look for an answer, 100 to 60,000. Later ones are further apart. Default 2,000. */
  readonly pollIntervalMs?: number | undefined
}

/** A checked configuration with every default filled in. */
export interface WebhookSettings {
  readonly url: URL
  readonly secrets: readonly WebhookSecret[]
  readonly headers: Readonly<Record<string, string>>
  readonly allowedHosts: AllowedHosts
  /** Undefined: the answer comes by callback. */
  readonly statusUrl: ((approvalId: string) => URL) | undefined
  readonly attemptTimeoutMs: number
  readonly pollIntervalMs: number
}

const ATTEMPT_TIMEOUT_DEFAULT_MS = 15_000
const POLL_INTERVAL_DEFAULT_MS = 2_000

/** @param config one that was checked. */
export function webhookSettings(config: WebhookConfig): WebhookSettings {
  const { url, secret, headers = {}, allowedHosts, answers = 'poll', statusUrl } = config
  return Object.freeze({
    url: new URL(url),
    secrets: [secret].flat().map(readSecret),
    headers,
    allowedHosts: allowedHostsOf(allowedHosts),
    statusUrl: answers === 'poll' ? statusUrlOf(statusUrl ?? defaultStatusUrl(url)) : undefined,
    attemptTimeoutMs: config.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_DEFAULT_MS,
    pollIntervalMs: config.pollIntervalMs ?? POLL_INTERVAL_DEFAULT_MS,
  })
}

export const allowedHostsOf = (hosts: readonly string[] = []): AllowedHosts =>
  new Set(hosts.flatMap((host) => hostOf(host) ?? []))

/** @param template a URL in which `{id}` stands for the id. */
export const statusUrlOf =
  (template: string) =>
  (approvalId: string): URL =>
    new URL(template.replaceAll('{id}', encodeURIComponent(approvalId)))

function defaultStatusUrl(url: string): string {
  const { origin, pathname, search } = new URL(url)
  return `${origin}${pathname.replace(/\/$/, '')}/{id}/status${search}`
}
