import { createTerminalApprover } from '../../src/approval/terminal.ts'
import type { ApprovalAnswer } from '../../src/domain/approval.ts'
import type { FakeClock } from './fake-clock.ts'
import type { FakeTerminal } from './fake-terminal.ts'
import { aRequest, eventually, never } from './requests.ts'

type Given = Parameters<typeof aRequest>[1]

/** Somebody called ada at a terminal, and the guard that asks there. */
export interface Sitting {
  ask(given?: Given, signal?: AbortSignal): Promise<ApprovalAnswer>
  /** Resolves when a line was asked for this many times. */
  prompted(times: number): Promise<void>
  /** Asks, types each text at its own prompt, and returns what came of it. */
  conversation(typed: readonly string[], given?: Given): Promise<ApprovalAnswer>
}

export function sitAt(terminal: FakeTerminal, clock: FakeClock): Sitting {
  const { input, output } = terminal
  const ask: Sitting['ask'] = (given = {}, signal = never) =>
    createTerminalApprover({ input, output, clock, by: 'ada' }).request(aRequest(clock, given), signal)
  const prompted: Sitting['prompted'] = (times) =>
    eventually(() => terminal.prompts >= times && input.isRaw === true, `prompt ${times}`)
  return {
    ask,
    prompted,
    async conversation(typed, given) {
      const answer = ask(given)
      for (const [index, keys] of typed.entries()) {
        await prompted(index + 1)
        terminal.type(keys)
      }
      return answer
    },
  }
}
