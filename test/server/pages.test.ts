import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { leaves } from '../../src/approval/leaves.ts'
import type { Params, Plain } from '../../src/domain/plain.ts'
import { visibleJson } from '../../src/server/page/visible-json.ts'
import { fromJsonText, toJsonText } from '../../src/support/json.ts'
import { printable } from '../../src/support/printable.ts'
import { aReason, aSignal } from '../approval/requests.ts'
import { ADA, fieldsOf, form, readable, type Serving, serving } from './serving.ts'

/** A signed-in browser that shows pages. */
async function browsing(
  options: Parameters<typeof serving>[0] = {},
): Promise<Serving & { show(path: string): Promise<string> }> {
  const served = await serving(options)
  const cookie = await served.signIn()
  return { ...served, show: async (path) => (await served.send({ path, cookie })).text }
}

const pageOf = async (given: Parameters<Serving['ask']>[0]): Promise<string> => {
  const { ask, show } = await browsing()
  return show(`/approvals/${(await ask(given)).id}`)
}

describe('[P20] whatever a call holds', () => {
  test.each`
    text                                | shown                                   | because
    ${'<script>alert(1)</script>'}      | ${'"<script>alert(1)</script>"'}        | ${'markup is text'}
    ${'"><img src=x onerror=alert(1)>'} | ${'"\\"><img src=x onerror=alert(1)>"'} | ${'a quote ends nothing'}
    ${'</bdi></main><form>'}            | ${'"</bdi></main><form>"'}              | ${'nothing is closed'}
    ${'&lt;b&gt;'}                      | ${'"&lt;b&gt;"'}                        | ${'an entity is the text it is written as'}
    ${'a\u001b[31mb'}                   | ${'"a\\u{1b}[31mb"'}                    | ${'ANSI'}
    ${'a\u009b31mb'}                    | ${'"a\\u{9b}31mb"'}                     | ${'C1'}
    ${'pay \u202e05 to'}                | ${'"pay \\u{202e}05 to"'}               | ${'the direction of text'}
    ${'\u2066a\u2069'}                  | ${'"\\u{2066}a\\u{2069}"'}              | ${'isolates'}
    ${'pay\u200bpal'}                   | ${'"pay\\u{200b}pal"'}                  | ${'zero width'}
    ${'a\nb\r\n\tc'}                    | ${'"a\\u{a}b\\u{d}\\u{a}\\u{9}c"'}      | ${'line breaks and tabs'}
    ${'a\u3164b\u00adc'}                | ${'"a\\u{3164}b\\u{ad}c"'}              | ${'fillers and soft hyphens'}
    ${'\\u{202e}'}                      | ${'"\\u{5c}u{202e}"'}                   | ${'text that looks like an escape'}
    ${'a\u0000b\ud800'}                 | ${'"a\\u{0}b\\u{d800}"'}                | ${'NUL and half a character'}
  `('$because: $text reads $shown, as a value, a name, a tool and an agent', async ({ text, shown }) => {
    const bare = shown.slice(1, -1).replaceAll('\\"', '"')
    const page = await pageOf({
      params: { value: text, [text]: 1 },
      tool: text,
      agentId: text,
      sessionId: text,
      principalId: text,
      notJudged: [text],
      context: { of: text },
      reasons: [aReason(text)],
    })
    const said = readable(page)
    for (const part of [shown, `[${shown}]`, `agent ${bare}`, `session ${bare}`, `principal ${bare}`, `rule: ${bare}`])
      expect(said).toContain(part)
    expect(page.replaceAll(/[\n ]/g, '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]|\u3164/u)
    expect(page.match(/<(?:script|img|\/main)/g)).toEqual(['</main'])
  })

  it('every leaf is there, and nothing but our own marks', async () => {
    const { ask, show } = await browsing()
    const plain: fc.Arbitrary<Plain> = fc.letrec<{ plain: Plain }>((tie) => ({
      plain: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.bigInt(),
        fc.constantFrom(null, true, '<b>', '\u202e', '\n'),
        fc.array(tie('plain'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('plain'), { maxKeys: 4 }),
      ),
    })).plain
    const marks =
      /<(?!\/?(?:html|head|meta|title|style|body|header|form|input|button|main|h1|h2|p|span|div|dl|dt|dd|ul|li|br|bdi|a|details|summary|textarea|small|strong)[ >]|!doctype)/
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ unit: 'binary' }), plain, { minKeys: 1, maxKeys: 5 }),
        async (params) => {
          const page = await show(`/approvals/${(await ask({ params: params as Params })).id}`)
          const said = readable(page)
          for (const { path, text } of leaves(params as Params)) {
            expect(said).toContain(path)
            expect(said).toContain(text)
          }
          expect(page).not.toMatch(marks)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('what decided stands before everything that a call can make long', async () => {
    const padding = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`aa${index}`, 'padding '.repeat(3)]),
    )
    const said = readable(
      await pageOf({
        params: { long: `a${'\n'.repeat(2_000)}`, ...padding, amount: 5000 },
        tool: 't'.repeat(5_000),
        agentId: 'a'.repeat(5_000),
        signals: [aSignal('amount')],
        notJudged: Array.from({ length: 500 }, (_, index) => `unjudged${index}`),
        reasons: [aReason('r'.repeat(9_000))],
      }),
    )
    const head = said.slice(0, said.indexOf('All parameters (2002)'))
    for (const part of [
      'amount = 5000',
      'usually 50.00 to 90.00',
      '7.5 HIGH',
      '5 min left',
      'rule: rrr',
      'Not judged: unjudged0',
    ])
      expect(head).toContain(part)
    expect(head.length).toBeLessThan(1_500)
    expect(head).toContain('2,002 values below')
    expect(said.indexOf('\\u{a}\\u{a}')).toBeGreaterThan(said.indexOf('aa1999'))
    for (const whole of ['t'.repeat(5_000), 'a'.repeat(5_000), 'r'.repeat(9_000), 'unjudged499'])
      expect(said).toContain(whole)
  })

  it('shows more than three deciding values and reasons as more', async () => {
    const names = ['one', 'two', 'three', 'four', 'five']
    const said = readable(
      await pageOf({
        params: Object.fromEntries(names.map((name, index) => [name, index])),
        signals: names.map((name) => aSignal(name)),
      }),
    )
    expect(said).toContain('and 2 more, marked below')
    expect(said).toContain('and 3 more below')
  })

  it('says that a call has no parameters', async () => {
    expect(readable(await pageOf({ params: {} }))).toContain('No parameters')
  })
})

describe('[P19] pages that are only looked at', () => {
  it('change nothing, and no link leads to a change', async () => {
    const { ask, send, signIn, approvals } = await serving()
    const { id } = await ask()
    const cookie = await signIn()
    const seen = new Set<string>()
    const open = [`/`, `/approvals/${id}/approve`, `/approvals/${id}/deny`, '/sign-out', '/sign-in']
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path)) continue
      seen.add(path)
      for (const method of ['HEAD', 'GET']) {
        const { text } = await send({ path, cookie, method })
        open.push(...[...text.matchAll(/href="(\/[^"]*)"/g)].map(([, link = '']) => link))
      }
    }
    expect(seen).toContain(`/approvals/${id}/edit`)
    expect((await approvals.get(id))?.state).toBe('pending')
    expect((await send({ cookie })).status).toBe(200)
  })
})

describe('the list', () => {
  it('has 10,000 pending in pages of twenty-five, the most urgent first', async () => {
    const { ask, show } = await browsing()
    const padded = { params: { note: 'x'.repeat(1_000), amount: 5000 } }
    for (let count = 0; count < 10_000; count++) await ask({ ...padded, risk: (7 + (count % 200) / 100) as never })
    const first = await show('/')
    expect(first.match(/<li>/g)).toHaveLength(25)
    expect(first.match(/8\.99|9\.0/g)).toHaveLength(25)
    expect(first.length).toBeLessThan(60_000)
    expect(first).toContain('href="/?page=2"')
    const last = await show('/?page=400')
    expect(last.match(/<li>/g)).toHaveLength(25)
    expect(last).not.toContain('page=401')
    expect(readable(await show('/?page=401'))).toContain('Nothing waits')
  })

  test.each(['0', '-1', '1e9', '9999999', 'x', '%00'])('page %s is the first', async (page) => {
    const { ask, show } = await browsing()
    await ask()
    expect((await show(`/?page=${page}`)).match(/<li>/g)).toHaveLength(1)
  })

  it('fills its pages with what this person may decide, however much others may before', async () => {
    const { ask, show } = await browsing()
    for (let count = 0; count < 200; count++) await ask({ risk: 8.9 as never, approvers: ['ben'] })
    for (let count = 0; count < 30; count++) await ask({ risk: 7.1 as never, tool: 'for_ada' })
    const [first, second] = [await show('/'), await show('/?page=2')]
    expect([first.match(/for_ada/g)?.length, second.match(/for_ada/g)?.length]).toEqual([25, 5])
    expect([first.includes('page=2"'), second.includes('page=3"')]).toEqual([true, false])
  })

  it('leaves out what the agent of the same name asks', async () => {
    const { ask, send, signIn } = await serving()
    await ask({ agentId: ADA.name })
    expect(readable((await send({ cookie: await signIn() })).text)).toContain('Nothing waits')
  })
})

describe('signing in', () => {
  it('leads on to the approval that was asked for, and nowhere else', async () => {
    const { send, host } = await serving()
    const into = async (approval: string) =>
      (await send({ ...form({ token: ADA.token, approval }), path: '/sign-in', origin: `http://${host}` })).headers
        .location
    expect(await into('approval-1')).toBe('/approvals/approval-1')
    expect(await into('/evil.example')).toBe('/approvals/%2Fevil.example')
    expect(await into('\r\nSet-Cookie: a=b')).toBe('/approvals/%0D%0ASet-Cookie%3A%20a%3Db')
  })

  it('takes a token with a line break behind it, as people paste it', async () => {
    const { signIn, send } = await serving()
    expect((await send({ cookie: await signIn(`${ADA.token}\n`) })).status).toBe(200)
  })

  it('looks once more for the session when a link on another site was opened', async () => {
    const { send } = await serving()
    const opened = (relation: string) => send({ path: '/approvals/x', headers: { 'Sec-Fetch-Site': relation } })
    expect((await opened('cross-site')).text).toContain('http-equiv="refresh" content="0"')
    expect((await opened('same-origin')).text).not.toContain('http-equiv="refresh"')
  })

  it('is signed in under the name of the token', async () => {
    const { show } = await browsing()
    expect(readable(await show('/'))).toContain('as ada')
  })
})

describe('deciding', () => {
  it('keeps the note, with line breaks as they were typed', async () => {
    const { ask, show, send, signIn, host, approvals } = await browsing()
    const { id } = await ask()
    const [cookie, path] = [await signIn(), `/approvals/${id}`]
    const fields = fieldsOf((await send({ path, cookie })).text)
    await send({
      ...form({ ...fields, note: ' two\r\nlines ' }),
      path: `${path}/deny`,
      cookie,
      origin: `http://${host}`,
    })
    expect(await approvals.get(id)).toMatchObject({ state: 'denied', note: 'two\nlines', by: 'ada' })
    const after = await show(path)
    expect(readable(after)).toContain('Denied by ada: two\\u{a}lines')
    expect(after).not.toContain('<button class="yes"')
  })
})

describe('editing', () => {
  const editing = async (params: Params) => {
    const served = await serving()
    const { id } = await served.ask({ params })
    const [cookie, path] = [await served.signIn(), `/approvals/${id}/edit`]
    const page = (await served.send({ path, cookie })).text
    const edit = (text: string) =>
      served.send({ ...form({ ...fieldsOf(page), params: text }), path, cookie, origin: `http://${served.host}` })
    return { ...served, id, page, edit }
  }

  it('shows the arguments as JSON in which everything can be seen', async () => {
    const { page } = await editing({ to: '\u202e<b>', amount: 2n ** 70n, list: [], none: {}, nested: [{ a: null }] })
    const typed = /<textarea class="json".*?>\n(?<text>.*?)<\/textarea>/s.exec(page)?.groups?.text ?? ''
    expect(typed).toBe(`{
  &quot;to&quot;: &quot;\\u202e&lt;b&gt;&quot;,
  &quot;amount&quot;: 1180591620717411303424,
  &quot;list&quot;: [],
  &quot;none&quot;: {},
  &quot;nested&quot;: [
    {
      &quot;a&quot;: null
    }
  ]
}`)
  })

  test.each`
    text                       | says                                 | because
    ${'{"a":'}                 | ${'This is not JSON'}                | ${'half of it is missing'}
    ${'[1]'}                   | ${'Expected an object of arguments'} | ${'arguments have names'}
    ${'"</textarea><script>"'} | ${'Expected an object of arguments'} | ${'what was typed is text'}
  `('$text is refused, kept as typed, and decides nothing: $because', async ({ text, says }) => {
    const { edit, approvals, id } = await editing({ amount: 5 })
    const received = await edit(text)
    expect(received.status).toBe(400)
    expect(readable(received.text)).toContain(says)
    expect(readable(received.text)).toContain(text)
    expect(received.text).not.toContain('<script')
    expect((await approvals.get(id))?.state).toBe('pending')
  })

  it('is not offered for what is decided', async () => {
    const { send, signIn, ask, approvals } = await serving()
    const { id } = await ask()
    await approvals.deny(id, { by: 'somebody' })
    expect(await send({ path: `/approvals/${id}/edit`, cookie: await signIn() })).toMatchObject({
      status: 303,
      headers: { location: `/approvals/${id}` },
    })
  })

  it('reads what it wrote as the same arguments, and writes nothing that can not be seen', () => {
    const plain = fc.letrec<{ plain: Plain }>((tie) => ({
      plain: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
        fc.bigInt({ min: 2n ** 60n, max: 2n ** 80n }),
        fc.constantFrom(null, false, '\\\u202e', '"\u0301', '\\u{61}'),
        fc.array(tie('plain'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('plain'), { maxKeys: 4 }),
      ),
    })).plain
    fc.assert(
      fc.property(plain, (value) => {
        const text = visibleJson(value)
        expect(toJsonText(fromJsonText(text))).toBe(toJsonText(value))
        for (const line of text.split('\n')) expect(printable(line).replaceAll('\\u{5c}', '\\')).toBe(line)
      }),
    )
  })
})
