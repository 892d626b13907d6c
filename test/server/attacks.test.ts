import { describe, expect, it, test } from 'vitest'
import { ADA, AGENT, BEN, cookieIn, fieldsOf, form, json, type Sending, type Serving, serving } from './serving.ts'

/** A server, a pending approval, and what Ada's browser has once it shows it. */
interface Scene extends Serving {
  readonly id: string
  readonly path: string
  readonly cookie: string
  readonly origin: string
  readonly fields: Record<string, string>
  readonly digest: string
}

async function scene(): Promise<Scene> {
  const served = await serving()
  const { id, request } = await served.ask()
  const [cookie, origin, path] = [await served.signIn(), `http://${served.host}`, `/approvals/${id}`]
  const fields = fieldsOf((await served.send({ path, cookie })).text)
  return { ...served, id, path, cookie, origin, fields, digest: request.digest }
}

/** The form as Ada's own browser sends it, which does approve: what an attack changes is all that is wrong with it. */
const honest = ({ path, cookie, origin, fields }: Scene): Sending => ({
  ...form(fields),
  path: `${path}/approve`,
  cookie,
  origin,
})

/** The same by the API, which approves too. */
const program = ({ path, digest }: Scene): Sending => ({
  ...json({ digest }),
  path: `/api${path}/approve`,
  bearer: ADA.token,
})

const over = (sending: Sending, headers: Sending['headers']): Sending => ({
  ...sending,
  headers: { ...sending.headers, ...headers },
})

const stateOf = async ({ approvals, id }: Scene): Promise<string | undefined> => (await approvals.get(id))?.state

describe('what the attacks below start from', () => {
  it('the form of a browser approves, once', async () => {
    const here = await scene()
    const received = await here.send(honest(here))
    expect([received.status, received.headers.location, await stateOf(here)]).toEqual([303, here.path, 'approved'])
  })
  it('the request of a program approves', async () => {
    const here = await scene()
    expect([(await here.send(program(here))).status, await stateOf(here)]).toEqual([200, 'approved'])
  })
})

type Attack = (here: Scene) => Sending | Promise<Sending>

const CROSS_SITE: readonly [string, Attack, number][] = [
  ['a form on another site', (here) => ({ ...honest(here), origin: 'https://evil.example' }), 403],
  ['a form on another port of this machine', (here) => ({ ...honest(here), origin: 'http://127.0.0.1:9' }), 403],
  [
    'a form on localhost, posted to 127.0.0.1',
    (here) => ({ ...honest(here), origin: here.origin.replace('127.0.0.1', 'localhost') }),
    403,
  ],
  [
    'a form on the same host by TLS',
    (here) => ({ ...honest(here), origin: here.origin.replace('http', 'https') }),
    403,
  ],
  ['a form in a sandboxed frame', (here) => ({ ...honest(here), origin: 'null' }), 403],
  ['a form that names no page', ({ origin: _, ...here }) => over(honest({ ...here, origin: '' }), { Origin: [] }), 403],
  [
    'a form of the same site that is not this one',
    (here) => over(honest(here), { 'Sec-Fetch-Site': 'same-site' }),
    403,
  ],
  ['a form of another site, by its own word', (here) => over(honest(here), { 'Sec-Fetch-Site': 'cross-site' }), 403],
  ['a fetch with JSON from another site', (here) => ({ ...program(here), origin: 'https://evil.example' }), 403],
  [
    'a fetch without a preflight: JSON as plain text',
    (here) => over(program(here), { 'Content-Type': 'text/plain' }),
    415,
  ],
  ['JSON as a form', (here) => over(program(here), { 'Content-Type': 'application/x-www-form-urlencoded' }), 415],
  [
    'JSON with a type that only begins like it',
    (here) => over(program(here), { 'Content-Type': 'application/json-patch+json' }),
    415,
  ],
  ['JSON without a type', (here) => over(program(here), { 'Content-Type': '' }), 415],
  [
    'a form sent as multipart',
    (here) => over(honest(here), { 'Content-Type': 'multipart/form-data; boundary=x' }),
    415,
  ],
  ['a form sent as plain text', (here) => over(honest(here), { 'Content-Type': 'text/plain' }), 415],
]

const REBINDING: readonly [string, Attack, number][] = [
  ['a name of the attacker that leads here', (here) => over(honest(here), { Host: 'evil.example' }), 421],
  ['the same with the right port', (here) => over(honest(here), { Host: `evil.example:${here.server.port}` }), 421],
  [
    'a name that begins like ours',
    (here) => over(honest(here), { Host: `127.0.0.1.evil.example:${here.server.port}` }),
    421,
  ],
  ['ours as the user of another', (here) => over(honest(here), { Host: `127.0.0.1@evil.example` }), 400],
  ['this machine under a number', (here) => over(honest(here), { Host: `2130706433:${here.server.port}` }), 421],
  ['ours without its port', (here) => over(honest(here), { Host: '127.0.0.1' }), 421],
  ['ours with a dot behind it', (here) => over(honest(here), { Host: `localhost.:${here.server.port}` }), 421],
  ['no name', (here) => over(honest(here), { Host: '' }), 400],
  [
    'another name, and ours as forwarded',
    (here) => over(honest(here), { Host: 'evil.example', 'X-Forwarded-Host': here.host }),
    421,
  ],
  [
    'a page of the attacker that reads the list',
    (here) => ({ cookie: here.cookie, headers: { Host: 'evil.example' } }),
    421,
  ],
]

const METHODS: readonly [string, Attack, number][] = [
  [
    'a link to approve',
    (here) => ({ path: `${here.path}/approve?${new URLSearchParams(here.fields)}`, cookie: here.cookie }),
    404,
  ],
  ['a link that is only looked at', (here) => ({ ...honest(here), body: '', method: 'HEAD' }), 404],
  ['a link to the API', (here) => ({ ...program(here), method: 'GET', body: '' }), 404],
  ['PUT', (here) => ({ ...honest(here), method: 'PUT' }), 405],
  ['PATCH', (here) => ({ ...program(here), method: 'PATCH' }), 405],
  ['DELETE', (here) => ({ path: here.path, cookie: here.cookie, method: 'DELETE' }), 405],
  ['OPTIONS, as browsers ask before they fetch', (here) => ({ ...program(here), method: 'OPTIONS', body: '' }), 405],
  [
    'GET that says it is POST',
    (here) => over({ ...program(here), method: 'GET', body: '' }, { 'X-HTTP-Method-Override': 'POST' }),
    404,
  ],
  [
    'POST to a page that reads, which says it is another',
    (here) => ({ ...honest(here), path: `${here.path}?_method=approve` }),
    404,
  ],
]

const FORMS: readonly [string, Attack, number][] = [
  ['no anti-forgery token', (here) => ({ ...honest(here), ...form({ digest: here.digest }) }), 403],
  ['an empty one', (here) => ({ ...honest(here), ...form({ ...here.fields, token: '' }) }), 403],
  [
    'one that was altered',
    (here) => ({ ...honest(here), ...form({ ...here.fields, token: altered(here.fields.token) }) }),
    403,
  ],
  [
    'one that decodes alike',
    (here) => ({ ...honest(here), ...form({ ...here.fields, token: `${here.fields.token}=` }) }),
    403,
  ],
  [
    'another digest than it was made for',
    (here) => ({ ...honest(here), ...form({ ...here.fields, digest: 'cd'.repeat(32) }) }),
    403,
  ],
  ['no digest', (here) => ({ ...honest(here), ...form({ token: here.fields.token ?? '' }) }), 403],
  ['the token of another approval', async (here) => ({ ...honest(here), ...form(await otherForm(here)) }), 403],
  [
    'the token that signs out',
    async (here) => ({ ...honest(here), ...form({ ...here.fields, token: await signOutToken(here) }) }),
    403,
  ],
  [
    'the form of another session of the same person',
    async (here) => ({ ...honest(here), cookie: await here.signIn() }),
    403,
  ],
  [
    'the form of one person with the session of another',
    async (here) => ({ ...honest(here), cookie: await here.signIn(BEN.token) }),
    403,
  ],
  [
    'a field that is there twice',
    (here) => ({ ...honest(here), body: `${new URLSearchParams(here.fields)}&digest=${here.digest}` }),
    400,
  ],
  ['a session that is none', (here) => ({ ...honest(here), cookie: `sentinel=${'A'.repeat(43)}` }), 401],
  ['a session that was altered', (here) => ({ ...honest(here), cookie: altered(here.cookie) ?? '' }), 401],
  ['no session', ({ cookie: _, ...here }) => ({ ...honest({ ...here, cookie: '' }) }), 401],
  [
    'a token of the API instead of a session',
    (here) => ({ ...honest({ ...here, cookie: '' }), bearer: ADA.token }),
    401,
  ],
  [
    'a session instead of a token of the API',
    (here) => ({ ...over(program(here), { Authorization: [] }), cookie: here.cookie }),
    401,
  ],
  ['a token that was altered', (here) => ({ ...program(here), bearer: altered(ADA.token) ?? '' }), 401],
  ['a token as a password', (here) => over(program(here), { Authorization: `Basic ${btoa(`ada:${ADA.token}`)}` }), 401],
  [
    'a token in the address',
    (here) => ({ ...over(program(here), { Authorization: [] }), path: `/api${here.path}/approve?token=${ADA.token}` }),
    401,
  ],
  ['the token of the agent that asks', (here) => ({ ...program(here), bearer: AGENT.token }), 404],
  [
    'a session of the agent that asks',
    async (here) => ({ ...honest(here), cookie: await here.signIn(AGENT.token) }),
    403,
  ],
]

/** The last character carries bits that do not count in base64url, so the first one is changed. */
const altered = (text = ''): string => `${text.slice(0, -8)}${text.at(-8) === 'a' ? 'b' : 'a'}${text.slice(-7)}`

async function otherForm({ ask, send, cookie }: Scene): Promise<Record<string, string>> {
  const { id } = await ask()
  return fieldsOf((await send({ path: `/approvals/${id}`, cookie })).text)
}

async function signOutToken({ send, cookie }: Scene): Promise<string> {
  return /name="token" value="(?<token>[^"]+)"/.exec((await send({ cookie })).text)?.groups?.token ?? ''
}

describe.each([
  ['[P19] another site', CROSS_SITE],
  ['[P19] DNS rebinding', REBINDING],
  ['[P19] what only reads', METHODS],
  ['[P16] [P19] forged and stolen', FORMS],
])('%s', (_, attacks) => {
  test.each(attacks)('%s decides nothing', async (__, attack, status) => {
    const here = await scene()
    const received = await here.send(await attack(here))
    expect([received.status, await stateOf(here)]).toEqual([status, 'pending'])
    expect(received.text).not.toContain(here.digest)
  })
})

describe('[P17] decided once', () => {
  it('a form that is sent again is told who decided', async () => {
    const here = await scene()
    await here.send(honest(here))
    const again = await here.send({ ...honest(here), path: `${here.path}/deny` })
    expect([again.status, await stateOf(here)]).toEqual([409, 'approved'])
    expect(again.text).toContain('was approved by ada')
  })

  it('of many who decide at once, by form and by API, one wins', async () => {
    const here = await scene()
    const deciding = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? here.send(honest(here)) : here.send({ ...program(here), bearer: BEN.token }),
    )
    const statuses = (await Promise.all(deciding)).map(({ status }) => status)
    expect(statuses.filter((status) => status < 400)).toHaveLength(1)
    expect(new Set(statuses.filter((status) => status >= 400))).toEqual(new Set([409]))
  })
})

describe('[P16] sessions', () => {
  it('end by themselves, and what they were given ends with them', async () => {
    const here = await scene()
    await here.clock.advance(3_600_000 - 1)
    expect((await here.send({ cookie: here.cookie })).status).toBe(200)
    await here.clock.advance(1)
    expect((await here.send({ cookie: here.cookie })).status).toBe(401)
    expect((await here.send(honest(here))).status).toBe(401)
  })

  it('do not last longer when the clock is set back', async () => {
    const here = await scene()
    await here.clock.advance(1_800_000)
    here.clock.setWall('2020-01-01T00:00:00Z')
    await here.clock.advance(1_800_000)
    expect((await here.send({ cookie: here.cookie })).status).toBe(401)
  })

  it('end when somebody signs out, and not by a forged form', async () => {
    const here = await scene()
    const leaving = (token: string): Sending => ({
      ...form({ token }),
      path: '/sign-out',
      cookie: here.cookie,
      origin: here.origin,
    })
    expect((await here.send(leaving(here.fields.token ?? ''))).status).toBe(403)
    expect((await here.send(leaving(await signOutToken(here)))).headers.location).toBe('/')
    expect((await here.send({ cookie: here.cookie })).status).toBe(401)
  })

  it('are ten of one name at most; the oldest goes first', async () => {
    const { signIn, send } = await serving()
    const others = await signIn(BEN.token)
    const cookies: string[] = []
    for (let count = 0; count < 11; count++) cookies.push(await signIn())
    const statuses = await Promise.all([...cookies, others].map(async (cookie) => (await send({ cookie })).status))
    expect(statuses).toEqual([401, ...Array(11).fill(200)])
  })

  it('are kept from scripts, other sites and, with TLS, from plain connections', async () => {
    const { send, host } = await serving({ allowHosts: ['https://approvals.example.com'] })
    const signIn = (name: string, origin: string) =>
      send({ ...over(form({ token: ADA.token }), { Host: name }), path: '/sign-in', origin })
    const plain = await signIn(host, `http://${host}`)
    expect(plain.headers['set-cookie']?.[0]).toMatch(/^sentinel=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(plain.headers['strict-transport-security']).toBeUndefined()
    const tls = await signIn('approvals.example.com', 'https://approvals.example.com')
    expect(tls.headers['set-cookie']?.[0]).toMatch(
      /^__Host-sentinel=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect(tls.headers['strict-transport-security']).toBe('max-age=31536000')
    const downgraded = await signIn('approvals.example.com', 'http://approvals.example.com')
    expect(downgraded.status).toBe(403)
    // A session of the plain site is none on the other.
    const [, secret] = cookieIn(plain.headers['set-cookie']?.[0] ?? '').split('=')
    const moved = { cookie: `sentinel=${secret}`, headers: { Host: 'approvals.example.com' } }
    expect((await send(moved)).status).toBe(401)
  })
})

describe('[P16] guessing', () => {
  it('ids: what is not there and what is not theirs to decide answer alike', async () => {
    const { ask, send } = await serving()
    const own = await ask()
    const other = { agentId: 'somebody-else' }
    const theirs = await ask(other)
    expect((await send({ path: `/api/approvals/${theirs.id}`, bearer: AGENT.token })).status).toBe(200)
    const answers = await Promise.all(
      [own.id, 'nothing', 'x'.repeat(5_000), '..%2f..%2fetc', '%00', '__proto__'].map((id) =>
        send({ path: `/api/approvals/${id}`, bearer: AGENT.token }),
      ),
    )
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(404)
  })

  it('ids: only so many a minute, and those that are there still open', async () => {
    const { ask, send, clock } = await serving()
    const { id } = await ask()
    const statuses: number[] = []
    for (let count = 0; count < 62; count++)
      statuses.push((await send({ path: `/api/approvals/guess-${count}`, bearer: ADA.token })).status)
    expect(statuses).toEqual([...Array(60).fill(404), 429, 429])
    expect((await send({ path: `/api/approvals/${id}`, bearer: ADA.token })).status).toBe(200)
    expect((await send({ path: '/api/approvals/guess', bearer: BEN.token })).status).toBe(404)
    await clock.advance(1_000)
    expect((await send({ path: '/api/approvals/guess', bearer: ADA.token })).status).toBe(404)
  })

  it('ids: without a session everything asks to sign in, there or not', async () => {
    const here = await scene()
    const pages = await Promise.all(
      [here.path, '/approvals/nothing', `${here.path}/edit`].map((path) => here.send({ path })),
    )
    const texts = pages.map(({ status, text }) => `${status} ${text.replace(/name="approval" value="[^"]+"/, '')}`)
    expect(new Set(texts).size).toBe(1)
    expect(pages[0]?.status).toBe(401)
  })

  it('tokens: so many a minute are looked at, a right one always, and who runs the server is told once', async () => {
    const { send, notices, host, clock } = await serving()
    const tries = (bearer: string) => send({ path: '/api/approvals', bearer })
    const statuses: number[] = []
    for (let count = 0; count < 25; count++) statuses.push((await tries(`wrong-${count}`)).status)
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(5).fill(429)])
    expect((await tries('wrong')).headers['retry-after']).toBe('3')
    expect((await tries(ADA.token)).status).toBe(200)
    const page = await send({ ...form({ token: 'wrong' }), path: '/sign-in', origin: `http://${host}` })
    expect([page.status, page.headers['retry-after']]).toEqual([429, '3'])
    expect(notices).toHaveLength(1)
    expect(notices.join()).not.toContain('wrong-')
    await clock.advance(3_000)
    expect((await tries('wrong')).status).toBe(401)
  })
})
