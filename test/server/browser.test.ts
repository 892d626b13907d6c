import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContext, Page } from 'playwright-core'
import { afterEach, beforeAll, expect, it, onTestFinished, test } from 'vitest'
import { aReason, aSignal } from '../approval/requests.ts'
import { describeInBrowser, PHONE, phone } from './browser.ts'
import { ADA, type Serving, serving } from './serving.ts'

const MANY = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`aa${index}`, 'padding '.repeat(3)]))
const LINES = 'a line\n'.repeat(2_000)
const ATTACKS = [
  '<script>window.ran = 1</script>',
  '<img src=x onerror="window.ran = 2">',
  '"><svg onload=window.ran=3>',
  "</textarea><iframe srcdoc='<script>parent.ran=4</script>'></iframe>",
  '</title></style><style>body{display:none}</style>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
  '<base href="https://evil.example/">',
  'javascript:window.ran=5',
  '{{constructor.constructor("window.ran=6")()}}',
]
/** Everything an attacker can write, in everything that an attacker may write. */
const hostile = (text: string): Parameters<Serving['ask']>[0] => ({
  tool: text,
  params: { amount: 5000, text, [text]: text },
  agentId: text,
  sessionId: text,
  principalId: text,
  notJudged: [text],
  context: { text },
  signals: [aSignal('amount'), { ...aSignal(text), usual: text }],
  reasons: [aReason(text)],
})

/** What a person reads there. */
const said = (page: Page, selector: string): Promise<string> =>
  // biome-ignore lint/performance/useDomNodeTextContent: text that is there and not shown would not count
  page.innerText(selector)

async function signIn(page: Page, { host }: Serving): Promise<void> {
  await page.goto(`http://${host}/`)
  await page.fill('#token', ADA.token)
  await page.click('text=Sign in >> nth=-1')
}

/** Whether all of an element is on the screen before anything is scrolled, and not under the buttons. */
async function isOnFirstScreen(page: Page, selector: string): Promise<boolean> {
  const box = await page.locator(selector).first().boundingBox()
  const bar = await page.locator('.bar').boundingBox()
  const end = selector.startsWith('.bar') ? PHONE.height : (bar?.y ?? 0)
  return box !== null && box.y >= 0 && box.x >= 0 && box.y + box.height <= end && box.x + box.width <= PHONE.width
}

describeInBrowser('the page on a phone, without scripts', () => {
  let context: BrowserContext
  beforeAll(async () => {
    context = await phone({ scripts: 'off' })
  })
  afterEach(() => context.clearCookies())
  const opened = async (served: Serving): Promise<Page> => {
    const page = await context.newPage()
    onTestFinished(() => page.close())
    await signIn(page, served)
    return page
  }

  it('leads from the list to an approval that runs the call', async () => {
    const served = await serving()
    const { id } = await served.ask({ signals: [aSignal('amount')] })
    const page = await opened(served)
    expect(await said(page, '.cards a')).toMatch(/7\.5 HIGH transfer_funds\s+amount = 5000\s+agent-7 · 5 min left/)
    await page.click('.cards a')
    expect(await said(page, '.deciding')).toMatch(/^amount = 5000\s+usually 50\.00 to 90\.00$/)
    await page.click('text="Approve"')
    expect(await said(page, 'main')).toContain('Approved by ada, not started yet')
    expect(await page.locator('button', { hasText: 'Approve' }).count()).toBe(0)
    expect(await served.approvals.get(id)).toMatchObject({ state: 'approved', by: 'ada' })
    await page.reload()
    await page.click('text=All approvals')
    expect(await said(page, 'main')).toContain('Nothing waits')
  })

  it('denies with a note', async () => {
    const served = await serving()
    const { id } = await served.ask()
    const page = await opened(served)
    await page.goto(`http://${served.host}/approvals/${id}`)
    await page.click('summary')
    await page.fill('.bar textarea', 'not\ntoday')
    await page.click('text="Deny"')
    expect(await said(page, 'main')).toContain('Denied by ada: not\\u{a}today')
    expect(await served.approvals.get(id)).toMatchObject({ state: 'denied', note: 'not\ntoday' })
  })

  it('edits the arguments as JSON', async () => {
    const served = await serving()
    const { id, request } = await served.ask()
    const page = await opened(served)
    await page.goto(`http://${served.host}/approvals/${id}`)
    await page.click('text="Edit"')
    const typed = JSON.parse(await page.inputValue('textarea.json'))
    expect(typed).toEqual(request.params)
    await page.fill('textarea.json', JSON.stringify({ ...typed, amount: 50 }).slice(0, -1))
    await page.click('text=Approve with these arguments')
    expect(await said(page, '.error')).toContain('This is not JSON')
    await page.fill('textarea.json', `${await page.inputValue('textarea.json')}}`)
    await page.click('text=Approve with these arguments')
    expect(await said(page, 'main')).toContain('Approved with other arguments by ada, not started yet')
    expect(await served.approvals.get(id)).toMatchObject({ state: 'edited', edited: { ...request.params, amount: 50 } })
  })

  test.each<[string, Parameters<Serving['ask']>[0]]>([
    ['an ordinary call', { signals: [aSignal('amount')] }],
    [
      '2,000 parameters before the one that decides',
      { params: { ...MANY, amount: 5000 }, signals: [aSignal('amount')] },
    ],
    ['2,000 lines before it', { params: { text: LINES, amount: 5000 }, signals: [aSignal('amount')] }],
    [
      '2,000 lines in the names',
      { tool: LINES, agentId: LINES, sessionId: LINES, params: { amount: 5000 }, signals: [aSignal('amount')] },
    ],
    ['2,000 lines in what decides', { params: { amount: `5000${LINES}` }, signals: [aSignal('amount')] }],
    [
      'a long name of what decides',
      { params: { amount: { ['x'.repeat(5_000)]: 5000 } }, signals: [aSignal('amount')] },
    ],
    [
      'long reasons',
      {
        reasons: [aReason(LINES), aReason(LINES), aReason(LINES), aReason(LINES)],
        params: { amount: 5000 },
        signals: [aSignal('amount')],
      },
    ],
    [
      'much that nobody judged',
      { notJudged: Object.keys(MANY), params: { amount: 5000 }, signals: [aSignal('amount')] },
    ],
    [
      'the widest letters',
      {
        tool: 'W'.repeat(500),
        agentId: 'W'.repeat(500),
        params: { amount: '\ufdfd'.repeat(500) },
        signals: [{ ...aSignal('amount'), usual: 'W'.repeat(500) }],
      },
    ],
    [
      'the highest letters',
      {
        tool: `a${'\u0301'.repeat(500)}`,
        params: { amount: `5${'\u0310'.repeat(500)}` },
        signals: [aSignal('amount')],
      },
    ],
  ])('[P20] with %s, what decides and the buttons are on the first screen', async (_, given) => {
    const served = await serving()
    const { id } = await served.ask(given)
    const page = await opened(served)
    await page.goto(`http://${served.host}/approvals/${id}`)
    for (const part of ['h1', '.risk', '.deciding', '.reasons li', '.bar .yes', '.bar .no', '.bar p'])
      expect([part, await isOnFirstScreen(page, part)]).toEqual([part, true])
    expect(await said(page, '.deciding')).toContain('5000'.slice(0, /5000/.test(JSON.stringify(given)) ? 4 : 0))
    // Nothing lies beside the screen, and the buttons stay when the page is read to its end.
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width)
    await page.locator('main dl >> nth=-1').locator('div >> nth=-1').scrollIntoViewIfNeeded()
    expect((await page.locator('.bar .yes').boundingBox())?.y).toBeLessThan(PHONE.height)
  })

  it('[P20] shows what is invisible or changes the direction of text', async () => {
    const served = await serving()
    const { id } = await served.ask({
      params: { amount: '\u202e0005\u202c', to: 'pay\u200bpal', 'a\u2066b': '\u001b[8m' },
    })
    const page = await opened(served)
    await page.goto(`http://${served.host}/approvals/${id}`)
    const values = await said(page, '.values')
    for (const text of ['"\\u{202e}0005\\u{202c}"', '"pay\\u{200b}pal"', '["a\\u{2066}b"]', '"\\u{1b}[8m"'])
      expect(values).toContain(text)
  })

  it('letters that are written from the right stay within their own value', async () => {
    const served = await serving()
    const { id } = await served.ask({ params: { amount: 'שלום 5000', to: 'bob' }, signals: [aSignal('amount')] })
    const page = await opened(served)
    await page.goto(`http://${served.host}/approvals/${id}`)
    const [name, value] = await page.locator('.deciding bdi').all()
    const [left, right] = [await name?.boundingBox(), await value?.boundingBox()]
    expect((left?.x ?? 0) + (left?.width ?? 0)).toBeLessThan(right?.x ?? 0)
  })

  it('[P19] opens from a link on another site, signed in', async () => {
    const served = await serving()
    const { id } = await served.ask()
    const page = await opened(served)
    await page.goto(await elsewhere('localhost', `<a href="http://${served.host}/approvals/${id}">open</a>`))
    await page.click('a')
    await page.waitForSelector('.deciding, .values')
    expect(await said(page, 'h1')).toBe('transfer_funds')
  })

  test.each(['localhost', '127.0.0.1'])('[P19] a form on another page, at %s, decides nothing', async (name) => {
    const served = await serving()
    const { id, request } = await served.ask()
    const page = await opened(served)
    await page.goto(`http://${served.host}/approvals/${id}`)
    const token = await page.getAttribute('.bar [name=token]', 'value')
    const stolen = `<form method="post" action="http://${served.host}/approvals/${id}/approve">
      <input name="token" value="${token}"><input name="digest" value="${request.digest}"><button>win</button></form>`
    await page.goto(await elsewhere(name, stolen))
    await page.click('button')
    expect(await said(page, 'main')).toContain('does not come from a page of this server')
    expect((await served.approvals.get(id))?.state).toBe('pending')
  })
})

describeInBrowser('the page in a browser that runs scripts', () => {
  let context: BrowserContext
  beforeAll(async () => {
    context = await phone({ scripts: 'on' })
    const content =
      "window.violations = []; document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective))"
    await context.addInitScript({ content })
  })
  afterEach(() => context.clearCookies())
  const violations = (page: Page): Promise<string[]> => page.evaluate('window.violations')
  const ran = (page: Page): Promise<unknown> => page.evaluate('window.ran')

  test.each([
    ['each by itself', ATTACKS],
    ['all in one', [ATTACKS.join('')]],
  ])('[P20] script and markup stay text on every page: %s', async (_, texts) => {
    const served = await serving()
    const ids = (await Promise.all(texts.map((text) => served.ask(hostile(text))))).map(({ id }) => id)
    const page = await context.newPage()
    onTestFinished(() => page.close())
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).host))
    page.on('dialog', () => asked.push('a dialog'))
    await signIn(page, served)
    for (const path of ['/', ...ids.flatMap((id) => [`/approvals/${id}`, `/approvals/${id}/edit`])]) {
      await page.goto(`http://${served.host}${path}`)
      expect(await ran(page)).toBeUndefined()
      expect(await violations(page)).toEqual([])
      expect(await page.locator('main').isVisible()).toBe(true)
      expect(new URL(page.url()).pathname).toBe(path)
    }
    expect(new Set(asked)).toEqual(new Set([served.host]))
  })

  it('would refuse a script that got in all the same, and this test would see it', async () => {
    const served = await serving()
    const page = await context.newPage()
    onTestFinished(() => page.close())
    await signIn(page, served)
    await page.evaluate(`
      const script = document.createElement('script')
      script.textContent = 'window.ran = 1'
      document.body.append(script)
      const image = document.createElement('img')
      image.src = 'https://evil.example/'
      document.body.append(image)`)
    expect(await ran(page)).toBeUndefined()
    await expect.poll(() => violations(page)).toEqual(['script-src-elem', 'img-src'])
  })

  it('[P19] is not shown in a frame, and answers no fetch of another page', async () => {
    const served = await serving()
    const { id, request } = await served.ask()
    const page = await context.newPage()
    onTestFinished(() => page.close())
    await signIn(page, served)
    const url = `http://${served.host}/approvals/${id}`
    await page.goto(await elsewhere('127.0.0.1', `<iframe src="${url}"></iframe>`))
    expect(page.frames().map((frame) => frame.url())).not.toContain(url)
    const outcomes = await page.evaluate(
      async ({ url, digest }) => {
        const body = JSON.stringify({ digest })
        const tries = [
          fetch(url, { credentials: 'include' }),
          fetch(`${url}/approve`, { method: 'POST', credentials: 'include', body: new URLSearchParams({ digest }) }),
          fetch(url.replace('/approvals', '/api/approvals'), {
            method: 'POST',
            mode: 'no-cors',
            credentials: 'include',
            body,
          }),
        ]
        const settled = await Promise.allSettled(tries)
        return settled.map((each) => (each.status === 'rejected' ? 'refused' : each.value.type))
      },
      { url, digest: request.digest },
    )
    expect(outcomes).toEqual(['refused', 'refused', 'refused'])
    expect((await served.approvals.get(id))?.state).toBe('pending')
  })
})

/** A page of somebody else. @returns its address. */
async function elsewhere(name: string, body: string): Promise<string> {
  const server = createServer((_, outgoing) => {
    outgoing.setHeader('Content-Type', 'text/html')
    outgoing.end(body)
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, name, resolve)
  await promise
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://${name}:${(server.address() as AddressInfo).port}/`
}
