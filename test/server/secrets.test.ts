import { expect, it, onTestFinished } from 'vitest'
import { createMemoryStore } from '../../src/audit/memory.ts'
import { Sentinel } from '../../src/sentinel.ts'
import { ADA, fieldsOf, form, json, readable, serving } from './serving.ts'

const SECRET = 'correct-horse-battery-staple'

/** A guard whose call holds secrets, and a server on its approvals. */
async function withSecrets() {
  const guard = new Sentinel({
    store: createMemoryStore(),
    redact: { names: ['nickname'] },
    rules: { version: '1.0', default_action: 'require_approval', rules: [] },
    approval: 'queue',
    logger: false,
  })
  onTestFinished(() => guard.close())
  const got: object[] = []
  const log = guard.wrap(
    'log_in',
    async (params: { user: string; password: string; nickname: string }) => void got.push(params),
  )
  const call = log({ user: 'bob', password: SECRET, nickname: `${SECRET}-2` })
  const served = await serving({ approvals: guard.approvals })
  await expect.poll(() => guard.approvals.list()).toHaveLength(1)
  const [approval] = await guard.approvals.list()
  return { ...served, call, got, id: approval?.id ?? '', digest: approval?.digest ?? '' }
}

it('[P14] shows no secret, nor its digest, on any page or in the API', async () => {
  const { send, signIn, id, digest, call } = await withSecrets()
  const cookie = await signIn()
  for (const sending of [
    { path: '/', cookie },
    { path: `/approvals/${id}`, cookie },
    { path: `/approvals/${id}/edit`, cookie },
    { path: '/api/approvals', bearer: ADA.token },
    { path: `/api/approvals/${id}`, bearer: ADA.token },
  ]) {
    const { text } = await send(sending)
    expect(text).not.toContain(SECRET)
    expect(text).not.toMatch(/\[redacted:/)
  }
  expect(readable((await send({ path: `/approvals/${id}`, cookie })).text)).toContain('password"[redacted]"')
  await send({ ...json({ digest }), path: `/api/approvals/${id}/approve`, bearer: ADA.token })
  await call
})

it('[P14] an edit leaves secrets as they are, and takes no new ones', async () => {
  const { send, signIn, id, call, got, host } = await withSecrets()
  const [cookie, path, origin] = [await signIn(), `/approvals/${id}/edit`, `http://${host}`]
  const page = (await send({ path, cookie })).text
  expect(readable(page)).toContain('[redacted] stands for a secret')
  const edit = (params: object) =>
    send({ ...form({ ...fieldsOf(page), params: JSON.stringify(params) }), path, cookie, origin })
  const changed = await edit({ user: 'eve', password: 'another-password', nickname: '[redacted]' })
  expect(changed.status).toBe(403)
  expect(readable(changed.text)).toContain("'password' was redacted; leave '[redacted]' there")
  expect((await edit({ user: 'eve', password: '[redacted]', nickname: '[redacted]' })).status).toBe(303)
  await call
  expect(got).toEqual([{ user: 'eve', password: SECRET, nickname: `${SECRET}-2` }])
})
