import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ADA, BEN, fieldsOf, form, type Sending, serving } from './serving.ts'

/** What an approval by form is made of: the right value first, then wrong ones. Undefined: left out. */
type Ingredients = Readonly<Record<string, readonly (string | undefined)[]>>

const choice = (ingredients: Ingredients): fc.Arbitrary<Readonly<Record<string, number>>> =>
  fc.record(
    Object.fromEntries(
      Object.entries(ingredients).map(([name, values]) => [
        name,
        // Mostly right, so that single faults are tried as often as many at once.
        fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(values.length - 1) }),
      ]),
    ),
  )

it('[P19] nothing but a form with every ingredient right decides', async () => {
  const { ask, send, signIn, host, approvals, server } = await serving()
  const [asked, other] = [await ask(), await ask()]
  const [cookie, othersCookie, secondCookie] = [await signIn(), await signIn(BEN.token), await signIn()]
  const fieldsFor = async (id: string, by: string) =>
    fieldsOf((await send({ path: `/approvals/${id}`, cookie: by })).text)
  const right = await fieldsFor(asked.id, cookie)
  const [OTHERS_COOKIE, OTHERS_TOKEN] = [2, 4]
  const ingredients: Ingredients = {
    method: ['POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'PATCH'],
    path: [
      `/approvals/${asked.id}/approve`,
      `/approvals/${asked.id}`,
      `/api/approvals/${asked.id}/approve`,
      `/approvals//${asked.id}/approve`,
      `/approvals/${asked.id}/approve/`,
    ],
    host: [host, 'evil.example', `evil.example:${server.port}`, '127.0.0.1'],
    origin: [
      `http://${host}`,
      undefined,
      'null',
      'https://evil.example',
      `https://${host}`,
      `http://localhost:${server.port}`,
    ],
    site: ['same-origin', 'same-site', 'cross-site', 'none', ''],
    type: [
      'application/x-www-form-urlencoded',
      undefined,
      'text/plain',
      'application/json',
      'multipart/form-data; boundary=x',
    ],
    cookie: [cookie, undefined, othersCookie, secondCookie, 'sentinel=', `sentinel=${'A'.repeat(43)}`],
    token: [
      right.token,
      undefined,
      '',
      (await fieldsFor(other.id, cookie)).token,
      (await fieldsFor(asked.id, othersCookie)).token,
    ],
    digest: [asked.request.digest, undefined, '', other.request.digest],
    bearer: [undefined, ADA.token],
  }
  const sendingOf = (chosen: Readonly<Record<string, number>>): Sending => {
    const of = (name: string): string | undefined => ingredients[name]?.[chosen[name] ?? 0]
    const fields = Object.entries({ token: of('token'), digest: of('digest') }).filter(
      ([, value]) => value !== undefined,
    )
    const isReading = of('method') === 'GET' || of('method') === 'HEAD'
    const headers = {
      Host: of('host'),
      Origin: of('origin'),
      'Sec-Fetch-Site': of('site'),
      'Content-Type': of('type'),
      Cookie: of('cookie'),
    }
    return {
      ...form(Object.fromEntries(fields) as Record<string, string>),
      ...(isReading ? { body: '' } : {}),
      method: of('method') ?? '',
      path: of('path') ?? '',
      ...(of('bearer') === undefined ? {} : { bearer: of('bearer') ?? '' }),
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >,
    }
  }
  // A token of the API beside a session neither helps nor harms. Another approver with a form of their own is right as well.
  const isRight = ({ bearer: _, cookie, token, ...chosen }: Readonly<Record<string, number>>): boolean =>
    Object.values(chosen).every((index) => index === 0) &&
    ((cookie === 0 && token === 0) || (cookie === OTHERS_COOKIE && token === OTHERS_TOKEN))

  await fc.assert(
    fc.asyncProperty(
      choice(ingredients).filter((chosen) => !isRight(chosen)),
      async (chosen) => {
        const { status } = await send(sendingOf(chosen))
        expect(status).not.toBe(303)
        expect(await approvals.list({ state: 'pending' })).toHaveLength(2)
      },
    ),
    { numRuns: 400 },
  )
  expect((await send(sendingOf({}))).status).toBe(303)
  expect((await approvals.get(asked.id))?.state).toBe('approved')
})
