import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { afterEach, describe, expect, it, test, vi } from 'vitest'
import { type LlmModel, loadJudge, optionalPackages } from '../../src/llm/model.ts'
import { testGuard } from '../support/guards.ts'
import { caught, llmGuard } from './guarding.ts'
import { wireServer } from './wire-server.ts'

const apiKey = 'sk-test-0123456789'
afterEach(() => vi.unstubAllEnvs())

const MODELS: Readonly<Record<string, (baseURL: string) => LlmModel>> = {
  'OpenAI responses': (baseURL) => createOpenAI({ baseURL, apiKey })('gpt-4o-mini'),
  'OpenAI chat completions': (baseURL) => createOpenAI({ baseURL, apiKey }).chat('gpt-4o-mini'),
  'Anthropic messages': (baseURL) => createAnthropic({ baseURL, apiKey })('claude-haiku-4-5'),
  'Anthropic messages, answering by a tool': (baseURL) =>
    createAnthropic({ baseURL, apiKey })('claude-3-haiku-20240307'),
}

describe.each(Object.entries(MODELS))('%s', (_, make) => {
  it('is asked in its wire format, and its answer raises the risk', async () => {
    const server = await wireServer()
    server.behave({ says: { risk: 8, reasons: ['the mail goes to a competitor'], recommendation: 'review' } })
    const { sentinel, events } = testGuard({
      ...{ anomalyLlm: true, anomalyLlmProvider: make(server.url), anomalyLlmWhen: 'always' },
      approval: () => true,
    })
    const send = sentinel.wrap('send', async (_: object) => 'sent')
    expect(await send({ to: 'eve@rival.example' })).toBe('sent')
    const [asked] = (await events()).filter(({ event }) => event === 'approval_requested')
    expect(asked).toMatchObject({
      ...{ risk: 8, level: 'HIGH' },
      reasons: expect.arrayContaining([
        { source: 'llm', message: 'LLM analysis (risk: 8.0): the mail goes to a competitor' },
      ]),
      details: { llm: { status: 'answered', risk: 8, from: 'model', inputTokens: 300, outputTokens: 20 } },
    })
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]?.text).toContain('eve@rival.example')
  })
})

describe('a provider by name', () => {
  test.each`
    provider       | variable               | model                 | header             | sent
    ${'openai'}    | ${'OPENAI_API_KEY'}    | ${'gpt-4o-mini'}      | ${'authorization'} | ${`Bearer ${apiKey}`}
    ${'anthropic'} | ${'ANTHROPIC_API_KEY'} | ${'claude-haiku-4-5'} | ${'x-api-key'}     | ${apiKey}
  `('$provider: key from $variable, $model by default', async ({ provider, variable, model, header, sent }) => {
    const server = await wireServer()
    vi.stubEnv('OPENAI_BASE_URL', server.url)
    vi.stubEnv('ANTHROPIC_BASE_URL', server.url)
    const asking = { anomalyLlm: true, anomalyLlmProvider: provider, anomalyLlmWhen: 'always' as const }
    const environment = { [variable]: apiKey }
    await testGuard(asking, { environment }).sentinel.wrap('look', async (_: object) => 1)({})
    await testGuard({ ...asking, anomalyLlmModel: 'gpt-x' }, { environment }).sentinel.wrap('look', async () => 1)()
    const [byDefault, named] = server.requests
    expect(byDefault?.body).toMatchObject({ model, temperature: 0 })
    expect(byDefault?.headers[header]).toBe(sent)
    expect(named?.body).toMatchObject({ model: 'gpt-x' })
    expect(named?.body).not.toHaveProperty('temperature')
  })

  it('is told not to keep what it is sent', async () => {
    const { sentinel, server } = await llmGuard()
    await sentinel.wrap('look', async (_: object) => 1)({})
    expect(server.requests[0]?.body).toMatchObject({ store: false })
  })

  it('[P26] is followed nowhere else', async () => {
    const elsewhere = await wireServer()
    const redirecting = createServer((_, outgoing) => {
      outgoing.writeHead(307, { location: `${elsewhere.url}/responses` }).end()
    })
    await new Promise<void>((listening) => redirecting.listen(0, '127.0.0.1', listening))
    const { port } = redirecting.address() as AddressInfo
    vi.stubEnv('OPENAI_BASE_URL', `http://127.0.0.1:${port}/v1`)
    try {
      const { sentinel } = testGuard(
        { anomalyLlm: true, anomalyLlmWhen: 'always' },
        { environment: { OPENAI_API_KEY: apiKey } },
      )
      expect(await caught(sentinel.wrap('look', async (_: object) => 1)({ to: 'bob' }))).toMatchObject({
        code: 'APPROVAL_UNAVAILABLE',
      })
      expect(elsewhere.requests).toEqual([])
    } finally {
      redirecting.close()
    }
  })
})

describe('packages that are not installed', () => {
  const missing = (name: string) => (): Promise<never> =>
    Promise.reject(Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' }))

  test.each`
    provider       | lacks          | install
    ${'openai'}    | ${'ai'}        | ${'npm install ai @ai-sdk/openai'}
    ${'openai'}    | ${'openai'}    | ${'npm install ai @ai-sdk/openai'}
    ${'anthropic'} | ${'anthropic'} | ${'npm install ai @ai-sdk/anthropic'}
  `('$provider without $lacks: ready() names `$install`', async ({ provider, lacks, install }) => {
    const packages = { ...optionalPackages, [lacks]: missing(lacks) }
    const { sentinel } = testGuard(
      { anomalyLlm: true, anomalyLlmProvider: provider },
      {
        environment: { OPENAI_API_KEY: apiKey, ANTHROPIC_API_KEY: apiKey },
        loadJudge: (choice) => loadJudge(choice, packages),
      },
    )
    const error = await caught(sentinel.ready())
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', issues: [{ path: 'anomalyLlm', code: 'missing_package' }] })
    expect(error.message).toContain(`run \`${install}\``)
  })

  it('are a judge that failed, for who does not call ready()', async () => {
    const { sentinel, lastConsultation } = await llmGuard(
      {},
      { loadJudge: (choice) => loadJudge(choice, { ...optionalPackages, ai: missing('ai') }) },
    )
    await sentinel.wrap('look', async (_: object) => 1)({})
    expect(await lastConsultation()).toMatchObject({
      status: 'failed',
      because: expect.stringContaining('npm install ai'),
    })
  })
})
