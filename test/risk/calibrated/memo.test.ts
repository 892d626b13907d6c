import { describe, expect, it } from 'vitest'
import { AgentBaseline } from '../../../src/risk/calibrated/agent.ts'
import { analyse, type Known, PLAIN_LENS } from '../../../src/risk/calibrated/analysis.ts'
import { KindCalibrators } from '../../../src/risk/calibrated/channels.ts'
import { Memo } from '../../../src/risk/calibrated/memo.ts'
import { CallStream } from '../../../src/risk/calibrated/stream.ts'
import { call, later, NINE } from '../calls.ts'

const known: Known = {
  ...{ stream: new CallStream(), agent: new AgentBaseline(), kinds: new KindCalibrators() },
  ...{ hour: 9, ready: 2 },
}
const scored = call({ amount: 50 })
const analysis = analyse(scored, known, PLAIN_LENS)

function noted(): Memo {
  const memo = new Memo()
  memo.note(scored, known, analysis)
  return memo
}

describe('the memo of the last scored call', () => {
  it('gives its analysis for the very same call', () => {
    expect(noted().recall({ ...scored }, { ...known })).toBe(analysis)
  })

  it.each([
    ['of other parameters, were they equal', { ...scored, params: { amount: 50 } }, known],
    ['at another time', { ...scored, at: later(NINE, 1) }, known],
    ['of another tool', { ...scored, tool: 'pay' }, known],
    ['of another agent', { ...scored, agentId: 'x' }, known],
    ['whose stream was packed since', scored, { ...known, stream: new CallStream() }],
    ['whose agent was packed since', scored, { ...known, agent: new AgentBaseline() }],
  ])('gives nothing for a call %s', (_name, other, now) => {
    expect(noted().recall(other, now)).toBeUndefined()
  })

  it('gives nothing once the tool is seen to fail more than it used to', () => {
    const stream = new CallStream()
    for (let index = 0; index < 40; index++) stream.failures.learn('returned')
    const memo = new Memo()
    memo.note(scored, { ...known, stream }, analysis)
    stream.failures.learn('threw')
    stream.failures.learn('threw')
    expect(memo.recall(scored, { ...known, stream })).toBe(analysis)
    stream.failures.learn('threw')
    expect(memo.recall(scored, { ...known, stream })).toBeUndefined()
  })

  it('gives nothing once it is void', () => {
    const memo = noted()
    memo.void()
    expect(memo.recall(scored, known)).toBeUndefined()
  })
})
