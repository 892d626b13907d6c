import { styleText } from 'node:util'
import { cut, widthOf } from '../support/cells.ts'
import { printable } from '../support/printable.ts'

/** What a command reads and writes: `process`, or a stand-in for it. */
export interface Terminal {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  cwd(): string
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  off(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
}

export type Style = Parameters<typeof styleText>[0]

/** A command that failed in a way the user can mend. The message is all they see. */
export class CommandError extends Error {}

const COLUMNS_DEFAULT = 80

/** How wide the output may be: as `COLUMNS` says, as the terminal is, or without bound in a pipe. */
export function columnsOf({ env, stdout }: Terminal): number {
  const given = Number(env.COLUMNS)
  if (Number.isInteger(given) && given > 0) return given
  return stdout.isTTY ? stdout.columns || COLUMNS_DEFAULT : Number.POSITIVE_INFINITY
}

/** As `columnsOf`, for what is drawn and needs an end. */
export const drawingColumnsOf = (terminal: Terminal): number => {
  const columns = columnsOf(terminal)
  return Number.isFinite(columns) ? columns : COLUMNS_DEFAULT
}

/** Colours only for a terminal, and not when NO_COLOR is set. */
export function paint(terminal: Terminal, style: Style, text: string): string {
  return terminal.stdout.isTTY && !terminal.env.NO_COLOR ? styleText(style, text, { validateStream: false }) : text
}

/** Cut to so many cells of a terminal, with a mark where something is missing. Control characters are shown, never sent. */
export const fitted = (text: string, cells: number): string => {
  const shown = printable(text)
  return Number.isFinite(cells) ? cut(shown, Math.max(1, cells)) : shown
}

/** As `fitted`, filled up with spaces. */
export const padded = (text: string, cells: number, align: 'left' | 'right' = 'left'): string => {
  const shown = fitted(text, cells)
  const space = ' '.repeat(Math.max(0, cells - widthOf(shown)))
  return align === 'right' ? `${space}${shown}` : `${shown}${space}`
}

/** As many lines as the width asks for, broken between words; a word that is wider is cut. Each begins with the indent. */
export function wrapped(text: string, width: number, indent = ''): string {
  const lines: string[] = []
  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1)
    const longer = last === undefined ? word : `${last} ${word}`
    if (last !== undefined && indent.length + widthOf(longer) > width) lines.push(word)
    else lines.splice(-1, 1, longer)
  }
  return lines
    .map((line) => `${indent}${Number.isFinite(width) ? cut(line, Math.max(1, width - indent.length)) : line}\n`)
    .join('')
}

/** Writes and waits when the reader is slow. */
export async function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await new Promise<void>((resolve) => stream.once('drain', resolve))
}

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Gives way first when the terminal is narrow. */
  readonly shrinks?: boolean
}

const GAP = '  '

/** Rows under a line of titles, no wider than the terminal: of the columns that shrink the widest gives way first. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const cellsAt = (index: number): number => Math.max(0, ...rows.map((row) => widthOf(printable(row[index] ?? ''))))
  const natural = columns.map(({ title }, index) => Math.max(title.length, cellsAt(index)))
  const widths = shrunk(columns, natural, width)
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => padded(cell, widths[index] ?? 0, columns[index]?.align))
      .join(GAP)
      .trimEnd()
  return [columns.map(({ title }) => title), ...rows]
    .map((row) => `${Number.isFinite(width) ? cut(line(row), width) : line(row)}\n`)
    .join('')
}

/** No column becomes narrower than its title. */
function shrunk(columns: readonly Column[], natural: readonly number[], width: number): readonly number[] {
  const capped = (cap: number): readonly number[] =>
    natural.map((size, index) =>
      columns[index]?.shrinks ? Math.min(size, Math.max(cap, columns[index].title.length)) : size,
    )
  const room = width - GAP.length * (columns.length - 1)
  for (let cap = Math.min(width, Math.max(...natural)); cap > 0; cap--) {
    const widths = capped(cap)
    if (widths.reduce((sum, size) => sum + size, 0) <= room) return widths
  }
  return capped(0)
}
