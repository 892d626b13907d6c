/** What is needed of standard input: `process.stdin`, or a stand-in for it. */
export interface TerminalInput extends NodeJS.ReadableStream {
  readonly isTTY?: boolean | undefined
  readonly isRaw?: boolean | undefined
  readonly readableFlowing?: boolean | null | undefined
  setRawMode?(raw: boolean): unknown
}

/** What is needed of standard error: `process.stderr`, or a stand-in for it. */
export interface TerminalOutput extends NodeJS.WritableStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

export interface TerminalStreams {
  readonly input: TerminalInput
  readonly output: TerminalOutput
}

/** Whether a person can be asked here: both streams are terminals and nothing else reads what is typed. */
export const terminalIsUsable = (streams: TerminalStreams): boolean => whyNotUsable(streams) === undefined

/** What stands in the way of asking here, and the next step; undefined when nothing does. */
export const whyNotUsable = (streams: TerminalStreams): string | undefined =>
  whyNoTerminal(streams) ?? whyInputIsTaken(streams.input)

export function whyNoTerminal({ input, output }: TerminalStreams): string | undefined {
  if (input.isTTY !== true) return 'standard input is not a terminal; use another approver here'
  if (output.isTTY !== true) return 'standard error is not a terminal; use another approver here'
  if (!input.readable) return 'the input of the terminal has ended'
  if (!output.writable) return 'the output of the terminal has ended'
  return undefined
}

/** A key typed for another reader could be taken for an approval, and the other way round. */
function whyInputIsTaken(input: TerminalInput): string | undefined {
  const isRead =
    input.listenerCount('data') > 0 ||
    input.listenerCount('readable') > 0 ||
    input.readableFlowing === true ||
    input.isRaw === true
  return isRead ? 'something else reads the terminal; close it before a tool is called, or use a function' : undefined
}
