import { describe, expect, test } from 'vitest'
import { terminalIsUsable } from '../../src/approval/default.ts'
import { FakeTerminal } from './fake-terminal.ts'

const terminalThat = (change: (terminal: FakeTerminal) => unknown): FakeTerminal => {
  const terminal = new FakeTerminal()
  change(terminal)
  return terminal
}

describe('whether a person can be asked at the terminal', () => {
  test.each`
    change                                                                       | usable   | because
    ${() => {}}                                                                  | ${true}  | ${'both streams are terminals and nothing reads'}
    ${({ input }: FakeTerminal) => input.pause()}                                | ${true}  | ${'a paused stream is not read'}
    ${({ input }: FakeTerminal) => Object.assign(input, { isTTY: false })}       | ${false} | ${'input is a pipe'}
    ${({ input }: FakeTerminal) => Object.assign(input, { isTTY: undefined })}   | ${false} | ${'input is a file'}
    ${({ output }: FakeTerminal) => Object.assign(output, { isTTY: undefined })} | ${false} | ${'nobody sees the question'}
    ${({ input }: FakeTerminal) => input.on('data', () => {})}                   | ${false} | ${'a listener takes what is typed'}
    ${({ input }: FakeTerminal) => input.on('readable', () => {})}               | ${false} | ${'so does one of the other kind'}
    ${({ input }: FakeTerminal) => input.resume()}                               | ${false} | ${'what is typed flows away'}
    ${({ input }: FakeTerminal) => input.setRawMode?.(true)}                     | ${false} | ${'somebody reads single keys'}
    ${({ output }: FakeTerminal) => output.end()}                                | ${false} | ${'its screen is gone'}
    ${({ input }: FakeTerminal) => input.destroy()}                              | ${false} | ${'the terminal is gone'}
  `('$usable: $because', ({ change, usable }) => {
    const { input, output } = terminalThat(change)
    expect(terminalIsUsable({ input, output })).toBe(usable)
  })
})
