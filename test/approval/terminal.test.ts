import { userInfo } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { createTerminalApprover, PROMPTS_WAITING_MAX } from '../../src/approval/terminal.ts'
import { riskScore } from '../../src/domain/units.ts'
import { approverContract, type Channel } from './contract.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeTerminal } from './fake-terminal.ts'
import { aRequest, aSignal, MINUTE_MS, never, settled } from './requests.ts'
import { type Sitting, sitAt } from './sitting.ts'

const asksAt = (terminal: FakeTerminal): number => terminal.text.split('Approval needed: ').length - 1

function terminalChannel(by: string): Channel {
  const clock = new FakeClock()
  const terminal = new FakeTerminal({ rows: 200 })
  return {
    approver: createTerminalApprover({ input: terminal.input, output: terminal.output, clock, by }),
    clock,
    // A question counts as asked when the line below it waits for an answer.
    asked: () => Math.min(asksAt(terminal), terminal.prompts),
    async answer(outcome) {
      terminal.type(outcome === 'approved' ? 'y\r' : 'n\r')
      await settled()
    },
  }
}

approverContract('terminal', terminalChannel)

describe('the terminal', () => {
  let clock: FakeClock
  let terminal: FakeTerminal
  let ask: Sitting['ask']
  let prompted: Sitting['prompted']
  let conversation: Sitting['conversation']

  beforeEach(() => {
    clock = new FakeClock()
    terminal = new FakeTerminal()
    ;({ ask, prompted, conversation } = sitAt(terminal, clock))
    vi.stubEnv('NO_COLOR', '')
    vi.stubEnv('TERM', 'xterm')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test.each`
    typed           | answer
    ${'y\r'}        | ${{ outcome: 'approved', by: 'ada' }}
    ${'Y\r'}        | ${{ outcome: 'approved', by: 'ada' }}
    ${' yes \r'}    | ${{ outcome: 'approved', by: 'ada' }}
    ${'YES\n'}      | ${{ outcome: 'approved', by: 'ada' }}
    ${'n\r'}        | ${{ outcome: 'denied', by: 'ada' }}
    ${'No\r'}       | ${{ outcome: 'denied', by: 'ada' }}
    ${'x\u007fy\r'} | ${{ outcome: 'approved', by: 'ada' }}
    ${'y\u0003'}    | ${{ outcome: 'denied', by: 'ada', note: 'Ctrl-C at the prompt' }}
    ${'\u0004'}     | ${{ outcome: 'unavailable', because: 'the input of the terminal ended without an answer' }}
  `('[P18] $typed is $answer.outcome', async ({ typed, answer }) => {
    expect(await conversation([typed])).toEqual(answer)
    expect(terminal.isReleased).toBe(true)
  })

  test.each`
    junk          | because
    ${'\r'}       | ${'Enter alone approves nothing'}
    ${'yy\r'}     | ${'almost is not yes'}
    ${'yes!\r'}   | ${'nor is this'}
    ${'ok\r'}     | ${'another word is another word'}
    ${'all\r'}    | ${'there is no more to show'}
    ${'1\r'}      | ${'a number is no word'}
    ${'\u0443\r'} | ${'a letter that looks like y is another one'}
  `('asks again after $junk: $because', async ({ junk }) => {
    expect(await conversation([junk, 'n\r'])).toMatchObject({ outcome: 'denied' })
    expect(terminal.text).toContain('Please answer y or n. 5 min left.')
  })

  it('[P18] junk does not win time', async () => {
    const answer = ask()
    for (let minute = 1; minute <= 4; minute++) {
      await prompted(minute)
      terminal.type('perhaps\r')
      clock.advance(MINUTE_MS)
    }
    await prompted(5)
    expect(terminal.text).toContain('Please answer y or n. 1 min left.')
    clock.advance(MINUTE_MS + 1_000)
    expect(await answer).toMatchObject({ outcome: 'unavailable' })
    expect(terminal.rows).toContain('Not approved: nobody answered before the deadline.')
  })

  test.each`
    typedAhead     | because
    ${'y\r'}       | ${'a whole answer'}
    ${'y'}         | ${'the beginning of one, for Enter to complete'}
    ${'y\ry\ry\r'} | ${'many'}
    ${'\u0003'}    | ${'Ctrl-C for something else'}
  `('[P18] what was typed before the question was shown does not answer it: $because', async ({ typedAhead }) => {
    terminal.type(typedAhead)
    const answer = ask()
    terminal.type(typedAhead)
    await prompted(1)
    terminal.type('\r')
    await prompted(2)
    terminal.type('n\r')
    expect(await answer).toEqual({ outcome: 'denied', by: 'ada' })
  })

  test.each`
    pasted        | because
    ${'no!\ry\r'} | ${'a second line was typed before it was asked for again'}
    ${'no!\ny\n'} | ${'whatever ends the lines'}
    ${'no!\ry'}   | ${'its beginning as well'}
  `('[P18] one line answers one prompt: $because', async ({ pasted }) => {
    const answer = ask()
    await prompted(1)
    terminal.type(pasted)
    await prompted(2)
    terminal.type('\r')
    await prompted(3)
    terminal.type('n\r')
    expect(await answer).toMatchObject({ outcome: 'denied' })
  })

  it('[P20] can not be approved before all of it was shown', async () => {
    const params = { note: 'all is well '.repeat(500), amount: 5000 }
    const answer = ask({ params, signals: [aSignal('amount')] })
    await prompted(1)
    const firstScreen = terminal.rows.slice(0, 24)
    expect(firstScreen).toContain('> amount = 5000')
    expect(firstScreen).toContain("  rule: Rule 'large' requires approval: a large transfer")

    terminal.type('y\r')
    await prompted(2)
    expect(terminal.text).toMatch(/Not approved: \d+ rows of the question not shown yet\./)
    terminal.type('\r')
    await prompted(3)
    terminal.type('yes\r')
    await prompted(4)
    terminal.type('all\r')
    await prompted(5)
    const from = terminal.rows.findIndex((row) => row.startsWith('  note = '))
    const note = terminal.rows.slice(from).filter((row) => row.startsWith('  note = ') || row.startsWith('  | '))
    expect(note.map((row, index) => row.slice(index === 0 ? 2 : 4)).join('')).toBe(`note = "${params.note}"`)
    expect(terminal.rows).toContain('> transfer_funds, risk 7.5, amount = 5000')
    terminal.type('y\r')
    expect(await answer).toEqual({ outcome: 'approved', by: 'ada' })
  })

  it('[P20] Enter leads through all of it, a screenful at a time', async () => {
    const answer = ask({ params: { items: Array.from({ length: 60 }, (_, index) => index) } })
    for (let screen = 1; !terminal.text.includes('Approve this call?'); screen++) {
      await prompted(screen)
      terminal.type('\r')
      await settled()
    }
    for (let index = 0; index < 60; index++) expect(terminal.rows).toContain(`  items[${index}] = ${index}`)
    terminal.type('y\r')
    expect(await answer).toMatchObject({ outcome: 'approved' })
  })

  it('can be denied before all of it was shown', async () => {
    const params = { note: 'all is well '.repeat(500) }
    expect(await conversation(['n\r'], { params })).toMatchObject({ outcome: 'denied' })
  })

  it('[P20] shows script, escapes and look-alike keys as text', async () => {
    await conversation(['n\r'], {
      tool: 'mail\u001b[2J',
      params: {
        html: '<script>alert(1)</script>',
        'to\n> amount = 1': '\u202emoc.elpmaxe\u0007\u009b31m',
        amount: 'y\r\nApproved by root.',
      },
    })
    expect(terminal.text).toContain('mail\\u{1b}[2J')
    expect(terminal.rows).toContain('  html = "<script>alert(1)</script>"')
    expect(terminal.rows).toContain('  ["to\\u{a}> amount = 1"] = "\\u{202e}moc.elpmaxe\\u{7}\\u{9b}31m"')
    expect(terminal.rows).toContain('  amount = "y\\u{d}\\u{a}Approved by root."')
    for (const control of ['\u0007', '\u009b', '\u202e', '\u001b[2J']) expect(terminal.raw).not.toContain(control)
  })

  it('[P20] asks what is riskiest first, then what waits longest', async () => {
    const asked = [ask({ tool: 'first', risk: riskScore(1) })]
    await prompted(1)
    for (const [tool, risk] of [
      ['low', 2],
      ['high', 9],
      ['middle', 7],
      ['high_later', 9],
      ['unsaid', 0],
    ] as const) {
      clock.advance(1_000)
      asked.push(ask({ tool, risk: riskScore(risk) }))
    }
    for (let prompt = 1; prompt <= asked.length; prompt++) {
      await prompted(prompt)
      terminal.type('n\r')
    }
    await Promise.all(asked)
    const shown = [...terminal.text.matchAll(/Approval needed: (\w+)/g)].map(([, tool]) => tool)
    expect(shown).toEqual(['first', 'high', 'high_later', 'middle', 'low', 'unsaid'])
  })

  it('asks one question at a time', async () => {
    const [first, second] = [ask({ tool: 'one' }), ask({ tool: 'two' })]
    await prompted(1)
    await settled()
    expect(terminal.text).not.toContain('Approval needed: two')
    terminal.type('y\r')
    expect(await first).toMatchObject({ outcome: 'approved' })
    await prompted(2)
    terminal.type('n\r')
    expect(await second).toMatchObject({ outcome: 'denied' })
    expect(terminal.isReleased).toBe(true)
  })

  it('[P18] never shows a question whose deadline passed, or that was withdrawn, while it waited its turn', async () => {
    const caller = new AbortController()
    const open = ask({ tool: 'one' })
    const short = ask({ tool: 'two', timeoutMs: 1_000 })
    const given = ask({ tool: 'three' }, caller.signal)
    const last = ask({ tool: 'four' })
    await prompted(1)
    clock.advance(2_000)
    caller.abort()
    expect(await short).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('deadline') })
    expect(await given).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('withdrawn') })
    terminal.type('y\r')
    expect(await open).toMatchObject({ outcome: 'approved' })
    await prompted(2)
    terminal.type('y\r')
    expect(await last).toMatchObject({ outcome: 'approved' })
    expect(terminal.text).not.toMatch(/Approval needed: (two|three)/)
  })

  it('[F8] [P24] lets a bounded number wait', async () => {
    const caller = new AbortController()
    const answers = Array.from({ length: PROMPTS_WAITING_MAX + 1 }, () => ask({}, caller.signal))
    expect(await ask()).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('100 questions') })
    caller.abort()
    expect(new Set((await Promise.all(answers)).map(({ outcome }) => outcome))).toEqual(new Set(['unavailable']))
    expect(terminal.isReleased).toBe(true)
  })

  it('[P18] a question that is withdrawn says so and gives the terminal back', async () => {
    const caller = new AbortController()
    const answer = ask({}, caller.signal)
    await prompted(1)
    terminal.type('y')
    caller.abort()
    expect(await answer).toMatchObject({ outcome: 'unavailable' })
    expect(terminal.rows).toContain('Not approved: the question was withdrawn before an answer came.')
    expect(terminal.isReleased).toBe(true)
  })

  test.each`
    loss                                                 | what
    ${() => terminal.input.end()}                        | ${'its input ends'}
    ${() => terminal.input.destroy()}                    | ${'it is closed'}
    ${() => terminal.input.destroy(new Error('EIO'))}    | ${'its input fails'}
    ${() => terminal.output.destroy(new Error('EPIPE'))} | ${'its output fails'}
  `('[F8] [P18] a terminal that is lost has not answered: $what', async ({ loss }) => {
    const answer = ask()
    await prompted(1)
    loss()
    expect(await answer).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('ended') })
    expect(await ask()).toMatchObject({ outcome: 'unavailable' })
  })

  test.each`
    broken                                                        | says
    ${() => Object.assign(terminal.input, { isTTY: false })}      | ${'standard input is not a terminal'}
    ${() => Object.assign(terminal.input, { isTTY: undefined })}  | ${'standard input is not a terminal'}
    ${() => Object.assign(terminal.output, { isTTY: undefined })} | ${'standard error is not a terminal'}
    ${() => terminal.input.on('data', () => {})}                  | ${'something else reads the terminal'}
    ${() => terminal.input.setRawMode?.(true)}                    | ${'something else reads the terminal'}
  `('[F8] [P18] asks nobody when $says', async ({ broken, says }) => {
    broken()
    expect(await ask()).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining(says) })
    expect(terminal.raw).toBe('')
  })

  it('[F8] a terminal that can not be put in raw mode has not answered', async () => {
    terminal.input.setRawMode = () => {
      throw new Error('EIO')
    }
    expect(await ask()).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('EIO') })
  })

  it('[P16] is answered by the user of the operating system', async () => {
    const approver = createTerminalApprover({ input: terminal.input, output: terminal.output, clock })
    const answer = approver.request(aRequest(clock), never)
    await prompted(1)
    terminal.type('y\r')
    expect(await answer).toEqual({ outcome: 'approved', by: userInfo().username })
  })

  test.each`
    noColor | term       | coloured
    ${''}   | ${'xterm'} | ${true}
    ${'1'}  | ${'xterm'} | ${false}
    ${''}   | ${'dumb'}  | ${false}
  `('colours with NO_COLOR=$noColor TERM=$term: $coloured', async ({ noColor, term, coloured }) => {
    vi.stubEnv('NO_COLOR', noColor)
    vi.stubEnv('TERM', term)
    await conversation(['n\r'])
    expect(terminal.raw.includes('\u001b[1m')).toBe(coloured)
  })

  test.each`
    columns      | rows         | because
    ${undefined} | ${undefined} | ${'a terminal need not say how large it is'}
    ${0}         | ${0}         | ${'or say that it has no size'}
    ${10}        | ${3}         | ${'or be tiny'}
  `('asks on a terminal of $columns by $rows: $because', async ({ columns, rows }) => {
    Object.assign(terminal.output, { columns, rows })
    expect(await conversation(['all\r', 'y\r'].slice(rows === 3 ? 0 : 1))).toMatchObject({ outcome: 'approved' })
  })
})
