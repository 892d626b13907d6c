import { createOpenAI } from '@ai-sdk/openai'
import type { SentinelConfig } from '../../src/config/config.ts'
import type { AuditEvent } from '../../src/domain/audit-event.ts'
import type { Consultation } from '../../src/domain/opinion.ts'
import type { Surroundings } from '../../src/parts.ts'
import { type TestGuard, testGuard } from '../support/guards.ts'
import { type WireServer, wireServer } from './wire-server.ts'

export interface LlmGuard extends TestGuard {
  readonly server: WireServer
  /** The decisions so far, oldest first. */
  decisions(): Promise<readonly AuditEvent[]>
  /** What the log says of asking about the last call. */
  lastConsultation(): Promise<Consultation | undefined>
}

/** A guard that asks a model behind a server on loopback about every call. */
export async function llmGuard(
  config: SentinelConfig = {},
  surroundings: Partial<Surroundings> = {},
): Promise<LlmGuard> {
  const server = await wireServer()
  const model = createOpenAI({ baseURL: server.url, apiKey: 'sk-test-0123456789' })('gpt-4o-mini')
  const guard = testGuard(
    { anomalyLlm: true, anomalyLlmProvider: model, anomalyLlmWhen: 'always', approval: () => true, ...config },
    surroundings,
  )
  const decisions = async (): Promise<readonly AuditEvent[]> =>
    (await guard.events()).filter(({ event }) => DECISIONS.has(event))
  return {
    ...guard,
    server,
    decisions,
    lastConsultation: async () => (await decisions()).at(-1)?.details?.llm as Consultation | undefined,
  }
}

const DECISIONS = new Set(['allow', 'warn', 'block', 'approval_requested'])

/** Resolves to what a promise rejects with. */
export const caught = (promise: Promise<unknown>): Promise<{ code: string; message: string; forModel: unknown }> =>
  promise.then(
    () => Promise.reject(new Error('it did not reject')),
    (error) => error,
  )
