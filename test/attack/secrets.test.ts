import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { tempDir, testGuard } from '../support/guards.ts'

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'
const RULES = {
  version: '1.0',
  rules: [
    { id: 'ask', function_pattern: 'ask', conditions: [], action: 'require_approval' },
    {
      id: 'no',
      function_pattern: 'no',
      conditions: [{ param: 'password', operator: 'gt', value: 5 }],
      action: 'block',
    },
  ],
}
/** Each a secret in another place or disguise. `PLANTED` is in each of them. */
const SECRETS: readonly object[] = [
  { password: 'PLANTED-1' },
  { 'API-Key': 'PLANTED-2' },
  { nested: { deep: [{ clientSecret: 'PLANTED-3' }] } },
  { headers: [{ name: 'Authorization', value: 'PLANTED-4' }] },
  { headers: { Cookie: 'session=PLANTED-5' } },
  { text: 'use Bearer PLANTED6abcdefghijklmnop to log in' },
  { url: 'https://user:PLANTED-7@example.com/path' },
  { url: 'https://example.com/?access_token=PLANTED-8&x=1' },
  { body: JSON.stringify({ password: 'PLANTED-9' }) },
  { mine: 'PLANTED-10' },
  { order: { PIN_CODE_MINE: 'PLANTED-11' } },
  { note: 'ref XPLANTED12X' },
  { PASSWORD: 'PLANTED-13' },
  { Pass_Word: 'PLANTED-14' },
  { 'x-api-key': 'PLANTED-15' },
  { refreshToken: ['PLANTED-16', 'PLANTED-16b'] },
  { secret: { value: 'PLANTED-17' } },
  { privateKey: '-----BEGIN PRIVATE KEY-----\nPLANTED18abcdefghijkl\n-----END PRIVATE KEY-----' },
  { file: 'x\n-----BEGIN RSA PRIVATE KEY-----\nPLANTED19abcdefghijkl\n-----END RSA PRIVATE KEY-----\ny' },
  { args: ['--password', 'PLANTED-20', '-v'] },
  { command: 'mysql --password=PLANTED-21 -u root' },
  { command: 'curl -H "Authorization: Basic UExBTlRFRC0yMg==PLANTED22" https://example.com' },
  { env: 'export API_KEY=PLANTED-23' },
  { env: 'DB_PASSWORD: PLANTED-24' },
  { headers: [['Authorization', 'Bearer PLANTED-25-abcdefghij']] },
  { url: 'postgres://app:PLANTED-26@db.internal:5432/app' },
  { url: 'https://example.com/cb#id_token=PLANTED-27abc' },
  { url: 'https://example.com/?sig=1&api_key=PLANTED-28' },
  { text: 'my password: PLANTED-29' },
  { text: 'token="PLANTED-30-abcdef"' },
  { key: 'sk-ant-api03-PLANTED31abcdefghijklmnopqrstuvwxyz' },
  { key: 'ghp_PLANTED32abcdefghijklmnopqrstuvwxyz0' },
  { key: 'xoxb-PLANTED33-123456789012-abcdefghijklmnop' },
  { body: JSON.stringify([{ user: { apiKey: 'PLANTED-34' } }]) },
  { body: JSON.stringify({ inner: JSON.stringify({ token: 'PLANTED-35' }) }) },
  { 'password=PLANTED-36': 1 },
  { credentials: { user: 'ann', pass: 'PLANTED-37' } },
  { session_cookie: 'PLANTED-38' },
  { form: 'user=ann&password=PLANTED-39&remember=1' },
  { items: [{ key: 'Set-Cookie', value: 'id=PLANTED-40' }] },
  { selector: '#password', text: 'PLANTED-41' },
  { url: `https://example.com/?next=${encodeURIComponent('https://x.example/?token=PLANTED-42')}` },
  { config: new Map<unknown, unknown>([[1, [['password', 'PLANTED-43']]]]) },
]
/** Secrets in bytes, which are written in base64. */
const BYTES = ['{"password":"PLANTED-44"}', 'password=PLANTED-45'].map((text) => Buffer.from(text))
/** Secrets that are told by their digits, and so can not be marked. */
const CARDS: readonly object[] = [
  { card: '4111 1111 1111 1111' },
  { text: 'charge 5500-0055-5555-5559 now' },
  { number: 4_012_888_888_881_881 },
]
const CARD_DIGITS = ['4111 1111 1111 1111', '5500-0055-5555-5559', '4012888888881881']

it('[P14] no secret reaches the log, an event, an error, a listener, an approver, or the file', async () => {
  const directory = join(tempDir(), 'log')
  const told: unknown[] = []
  const tell = (...said: unknown[]): void => void told.push(said)
  const guard = testGuard({
    auditLogPath: join(directory, 'audit.db'),
    rules: RULES,
    redact: { names: ['pin_code_mine'], patterns: ['XPLANTED\\d+X'] },
    logger: { debug: tell, info: tell, warn: tell, error: tell },
    approval: (request) => {
      tell(request)
      return false
    },
  })
  for (const name of ['decision', 'warn', 'escalate', 'block', 'fault'] as const) guard.sentinel.on(name, tell)
  const received: object[] = []
  for (const name of ['plain', 'ask', 'no']) {
    const tool = guard.sentinel.wrap(name, async (params: object) => void received.push(params), {
      secret: ['mine'],
      context: (params) => params,
    })
    for (const params of [...SECRETS, ...CARDS, ...BYTES.map((bytes) => ({ bytes }))])
      await tool({ ...params, jwt: JWT }).catch((error: { forModel: unknown; message: string; decision: unknown }) =>
        tell(error.message, error.forModel, error.decision, String(error)),
      )
    tell(await guard.sentinel.check({ tool: name, params: SECRETS[0] as Record<string, unknown> }))
  }
  for (const format of ['jsonl', 'csv'] as const)
    for await (const line of guard.sentinel.audit.export(format)) tell(line)
  tell(await guard.events())
  tell(await guard.sentinel.baselines.list())
  const before = readdirSync(directory).map((file) => readFileSync(join(directory, file), 'latin1'))
  // Closing stores what was learned.
  await guard.sentinel.close()

  const files = readdirSync(directory).map((file) => readFileSync(join(directory, file), 'latin1'))
  const everything = `${JSON.stringify(told)}${before.join('')}${files.join('')}`
  expect([...new Set(everything.match(/PLANTED-?\d*/g))]).toEqual([])
  expect(CARD_DIGITS.filter((digits) => everything.includes(digits))).toEqual([])
  expect(BYTES.filter((bytes) => everything.includes(bytes.toString('base64')))).toEqual([])
  expect(everything).not.toContain(JWT.split('.')[2])
  // The tool itself gets what it was called with.
  expect(received[0]).toEqual({ password: 'PLANTED-1', jwt: JWT })
})

const TOKEN = 'sk-proj-PLANTEDabcdefghijklmnopqrstuvwxyz0123456789'

it.each<{ what: string; params: object; options?: object; approval?: unknown }>([
  { what: 'the key of an argument that can not be judged', params: { [TOKEN]: () => 1 } },
  {
    what: 'a getter that throws',
    params: {
      get x() {
        throw new Error(`no ${TOKEN}`)
      },
    },
  },
  {
    what: 'a schema that fails',
    params: {},
    options: { schema: { safeParseAsync: () => Promise.reject(new Error(TOKEN)) } },
  },
  {
    what: 'a schema that quotes a value',
    params: { memo: 'PLANTED', list: [{ pin: 'PLANTED' }] },
    options: {
      secret: ['memo'],
      schema: z.object({
        memo: z.literal('x', { error: ({ input }) => `found '${input}'` }),
        list: z.array(z.object({ pin: z.number({ error: ({ input }) => `found '${input}'` }) })),
      }),
    },
  },
  {
    what: 'a context that fails',
    params: {},
    options: {
      context: () => {
        throw new Error(TOKEN)
      },
    },
  },
  {
    what: 'an approver that fails',
    params: {},
    approval: () => {
      throw new Error(TOKEN)
    },
  },
  { what: 'the note of a denial', params: {}, approval: () => ({ approved: false, note: TOKEN }) },
  { what: 'the name of who denies', params: {}, approval: () => ({ approved: false, by: TOKEN }) },
  { what: 'the name of who approves', params: {}, approval: () => ({ approved: true, by: TOKEN }) },
])('[P14] no secret gets out by $what', async ({ params, options, approval = () => true }) => {
  const told: unknown[] = []
  const tell = (...said: unknown[]): void => void told.push(said)
  const guard = testGuard({
    rules: RULES,
    approval: approval as never,
    logger: { debug: tell, info: tell, warn: tell, error: tell },
  })
  for (const name of ['decision', 'block', 'fault'] as const) guard.sentinel.on(name, tell)
  const tool = guard.sentinel.wrap(
    'ask',
    async (_: object) => {
      throw Object.assign(new Error('x'), { name: TOKEN })
    },
    options as object,
  )
  await tool(params).catch((error: { message: string; forModel?: unknown }) => {
    if (error.forModel !== undefined) tell(error.message, error.forModel)
  })
  expect(JSON.stringify([told, await guard.events()])).not.toContain('PLANTED')
})

it('[P14] no secret gets out by the answer to a call that an adapter takes back', async () => {
  const { sentinel, events } = testGuard()
  const authorization = await sentinel.authorize({ tool: 'free', params: {} })
  await authorization.deny(TOKEN, `not with ${TOKEN}`)
  const refusal: unknown = await authorization.run(() => 'ran').catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'APPROVAL_DENIED', by: '[redacted]', note: 'not with [redacted]' })
  expect(`${String(refusal)}${JSON.stringify([refusal, await events()])}`).not.toContain('PLANTED')
})

it('[P14] no secret gets out by a listener of faults that fails', async () => {
  const told: unknown[] = []
  const tell = (...said: unknown[]): void => void told.push(said)
  const { sentinel } = testGuard({ logger: { debug: tell, info: tell, warn: tell, error: tell } })
  for (const name of ['decision', 'fault'] as const)
    sentinel.on(name, () => {
      throw new Error(TOKEN)
    })
  await sentinel.wrap('free', async () => 'ran')()
  expect(JSON.stringify(told)).toContain("A 'fault' listener failed: [redacted]")
  expect(JSON.stringify(told)).not.toContain('PLANTED')
})
