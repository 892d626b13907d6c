import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
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
]

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
    for (const params of SECRETS)
      await tool({ ...params, jwt: JWT }).catch((error: { forModel: unknown; message: string; decision: unknown }) =>
        tell(error.message, error.forModel, error.decision, String(error)),
      )
    tell(await guard.sentinel.check({ tool: name, params: SECRETS[0] as Record<string, unknown> }))
  }
  for (const format of ['jsonl', 'csv'] as const)
    for await (const line of guard.sentinel.audit.export(format)) tell(line)
  tell(await guard.events())

  const files = readdirSync(directory).map((file) => readFileSync(join(directory, file), 'latin1'))
  const everything = `${JSON.stringify(told)}${files.join('')}`
  expect(everything).not.toContain('PLANTED')
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
