import { describe, expect, it, test } from 'vitest'
import { ADA, AGENT, BEN, json, serving } from './serving.ts'

describe('the JSON API', () => {
  it('lists what waits, the highest risk first, and shows one', async () => {
    const { ask, send } = await serving()
    const [low, high] = [
      await ask({ risk: 7.1 as never }),
      await ask({ risk: 8.9 as never, params: { amount: 2n ** 70n } }),
    ]
    const list = await send({ path: '/api/approvals', bearer: ADA.token })
    expect(list).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' } })
    expect(JSON.parse(list.text)).toMatchObject({ approvals: [{ id: high.id }, { id: low.id }], more: false })
    const one = await send({ path: `/api/approvals/${high.id}`, bearer: ADA.token })
    expect(one.text).toContain('"amount":1180591620717411303424')
    expect(JSON.parse(one.text)).toMatchObject({ id: high.id, state: 'pending', digest: high.request.digest })
  })

  it('approves in the name of the token, and stores it', async () => {
    const { ask, send, approvals } = await serving()
    const { id, request } = await ask()
    const { digest } = request
    const approve = { ...json({ digest, note: 'as agreed' }), path: `/api/approvals/${id}/approve`, bearer: ADA.token }
    expect(JSON.parse((await send(approve)).text)).toMatchObject({ state: 'approved', by: 'ada', note: 'as agreed' })
    expect(await approvals.get(id)).toMatchObject({ state: 'approved', by: 'ada', note: 'as agreed' })
  })

  it('denies, also without a digest', async () => {
    const { ask, send, approvals } = await serving()
    const { id } = await ask()
    expect((await send({ ...json({}), path: `/api/approvals/${id}/deny`, bearer: BEN.token })).status).toBe(200)
    expect(await approvals.get(id)).toMatchObject({ state: 'denied', by: 'ben' })
  })

  it('lists by state, and says when there are more', async () => {
    const { ask, send } = await serving()
    const asked = [await ask(), await ask(), await ask()]
    await send({ ...json({}), path: `/api/approvals/${asked[0]?.id}/deny`, bearer: ADA.token })
    const listed = async (query: string) =>
      JSON.parse((await send({ path: `/api/approvals?${query}`, bearer: ADA.token })).text)
    expect(await listed('state=denied')).toMatchObject({ approvals: [{ id: asked[0]?.id }], more: false })
    expect(await listed('limit=1')).toMatchObject({ approvals: [{ id: asked[1]?.id }], more: true })
    expect(await listed('limit=1&from=1')).toMatchObject({ approvals: [{ id: asked[2]?.id }], more: false })
    expect(await listed('from=9999')).toEqual({ approvals: [], more: false })
  })

  test.each`
    path                            | status | code                  | because
    ${'/api/approvals?state=eaten'} | ${400} | ${'BAD_REQUEST'}      | ${'there is no such state'}
    ${'/api/approvals?limit=101'}   | ${400} | ${'BAD_REQUEST'}      | ${'an answer is bounded'}
    ${'/api/approvals?from=10000'}  | ${400} | ${'BAD_REQUEST'}      | ${'the queue lists no more'}
    ${'/api/approvals?limit=0'}     | ${400} | ${'BAD_REQUEST'}      | ${'a list has something in it'}
    ${'/api/approvals?offset=1'}    | ${400} | ${'BAD_REQUEST'}      | ${'an option that is not known is not passed over'}
    ${'/api/nothing'}               | ${404} | ${'NOT_FOUND'}        | ${'there is nothing'}
    ${'/api/approvals/guess'}       | ${404} | ${'APPROVAL_UNKNOWN'} | ${'there is no such approval'}
  `('GET $path is $status: $because', async ({ path, status, code }) => {
    const { send } = await serving()
    const received = await send({ path, bearer: ADA.token })
    expect([received.status, JSON.parse(received.text).error.code]).toEqual([status, code])
  })

  test.each`
    verb         | body                                       | status | code                | because
    ${'approve'} | ${'{"digest":'}                            | ${400} | ${'BAD_REQUEST'}    | ${'it is not JSON'}
    ${'approve'} | ${'[]'}                                    | ${400} | ${'BAD_REQUEST'}    | ${'it is not an object'}
    ${'approve'} | ${{}}                                      | ${400} | ${'BAD_REQUEST'}    | ${'an approval names the digest that was seen'}
    ${'approve'} | ${{ digest: 'cd'.repeat(32) }}             | ${409} | ${'DIGEST_DIFFERS'} | ${'another call was seen than waits here'}
    ${'approve'} | ${{ digest: true }}                        | ${400} | ${'BAD_REQUEST'}    | ${'a digest is text'}
    ${'approve'} | ${{ digest: '$', by: 'eve' }}              | ${400} | ${'BAD_REQUEST'}    | ${'who decides is who the token names'}
    ${'approve'} | ${{ digest: '$', params: {} }}             | ${400} | ${'BAD_REQUEST'}    | ${'other arguments are an edit'}
    ${'approve'} | ${{ digest: '$', note: 'n'.repeat(2001) }} | ${400} | ${'BAD_REQUEST'}    | ${'a note is bounded'}
    ${'edit'}    | ${{ digest: '$' }}                         | ${400} | ${'BAD_REQUEST'}    | ${'an edit has arguments'}
    ${'edit'}    | ${{ digest: '$', params: [1] }}            | ${400} | ${'BAD_REQUEST'}    | ${'arguments have names'}
    ${'edit'}    | ${{ params: { amount: 5 } }}               | ${400} | ${'BAD_REQUEST'}    | ${'an edit is an approval'}
    ${'deny'}    | ${{ digest: 'cd'.repeat(32) }}             | ${409} | ${'DIGEST_DIFFERS'} | ${'a digest that is given must be right'}
  `('$verb with $body is $code and changes nothing: $because', async ({ verb, body, status, code }) => {
    const { ask, send, approvals } = await serving()
    const { id, request } = await ask()
    const text = typeof body === 'string' ? body : JSON.stringify(body).replace('"$"', `"${request.digest}"`)
    const received = await send({ ...json({}), body: text, path: `/api/approvals/${id}/${verb}`, bearer: ADA.token })
    expect([received.status, JSON.parse(received.text).error.code]).toEqual([status, code])
    expect((await approvals.get(id))?.state).toBe('pending')
  })

  it('[P16] takes nothing after the deadline, and nothing twice', async () => {
    const { ask, send, clock } = await serving()
    const [decided, late] = [await ask(), await ask({ timeoutMs: 1_000 })]
    const deny = (id: string) => send({ ...json({}), path: `/api/approvals/${id}/deny`, bearer: ADA.token })
    expect((await deny(decided.id)).status).toBe(200)
    await clock.advance(1_000)
    for (const { id } of [decided, late]) {
      const received = await deny(id)
      expect([received.status, JSON.parse(received.text).error.code]).toEqual([409, 'APPROVAL_ALREADY_DECIDED'])
    }
  })

  it('[P16] hides from a token what its own agent asks, and takes no decision from it', async () => {
    const { ask, send, approvals } = await serving()
    const { id, request } = await ask({ agentId: 'AGENT-7' })
    const bearer = AGENT.token
    expect(JSON.parse((await send({ path: '/api/approvals', bearer })).text).approvals).toEqual([])
    for (const sending of [{}, ...['approve', 'deny'].map((verb) => ({ ...json({ digest: request.digest }), verb }))]) {
      const path = `/api/approvals/${id}${'verb' in sending ? `/${sending.verb}` : ''}`
      expect((await send({ ...sending, path, bearer })).status).toBe(404)
    }
    expect((await approvals.get(id))?.state).toBe('pending')
  })

  test.each`
    given                                      | seen     | because
    ${{ approvers: ['ada', 'cleo'] }}          | ${true}  | ${'they are named'}
    ${{ approvers: ['Ada '] }}                 | ${true}  | ${'names have no case'}
    ${{ approvers: ['ben'] }}                  | ${false} | ${'somebody else is'}
    ${{ approvers: [] }}                       | ${false} | ${'nobody is'}
    ${{ principalId: 'ada' }}                  | ${true}  | ${'without four eyes the principal may decide'}
    ${{ principalId: 'ada', barred: ['ada'] }} | ${false} | ${'with four eyes not'}
    ${{ sessionId: 'ada' }}                    | ${false} | ${'the session asks'}
  `('[P16] ada sees $given: $seen, since $because', async ({ given, seen }) => {
    const { ask, send } = await serving()
    const { id, request } = await ask(given)
    const { approvals } = JSON.parse((await send({ path: '/api/approvals', bearer: ADA.token })).text)
    expect(approvals).toHaveLength(seen ? 1 : 0)
    const path = `/api/approvals/${id}`
    expect((await send({ path, bearer: ADA.token })).status).toBe(seen ? 200 : 404)
    const approve = { ...json({ digest: request.digest }), path: `${path}/approve`, bearer: ADA.token }
    expect((await send(approve)).status).toBe(seen ? 200 : 404)
  })

  it('tells a store that fails from an approval that is not there, and says no more of it', async () => {
    const failing = { list: fail, get: fail, approve: fail, deny: fail }
    const { send, notices } = await serving({ approvals: failing })
    const received = await send({ path: '/api/approvals/x', bearer: ADA.token })
    expect(received).toMatchObject({ status: 500, text: expect.not.stringContaining('/var/secret') })
    expect(notices).toEqual(['a request failed: /var/secret is gone'])
  })
})

const fail = async (): Promise<never> => {
  throw new Error('/var/secret is gone')
}
