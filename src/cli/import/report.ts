import type { Issue } from '../../errors.ts'
import { printable } from '../../support/printable.ts'
import { counted } from '../command.ts'
import { columnsOf, fitted, paint, type Style, type Terminal, table } from '../terminal.ts'
import type { ImportedFile } from './import-log.ts'
import type { ImportedRules } from './rules-file.ts'

/** Skipped lines that are shown one by one; `--json` has more. */
const SKIPPED_SHOWN_MAX = 20

/** How many lines of each file were taken over, and which were not. */
export function logReport(terminal: Terminal, files: readonly ImportedFile[]): string {
  const width = columnsOf(terminal)
  const rows = files.map(({ file, imported, known, skipped }) => [
    file,
    ...[imported, known, skipped].map((lines) => lines.toLocaleString('en')),
  ])
  const numbers = ['imported', 'already there', 'skipped'].map((title) => ({ title, align: 'right' as const }))
  return `${table([{ title: 'file', shrinks: true }, ...numbers], rows, width)}${skippedText(files, width)}`
}

function skippedText(files: readonly ImportedFile[], width: number): string {
  const all = files.flatMap(({ file, skippedLines }) =>
    skippedLines.map(({ line, because }) => `${file}, line ${line}: ${because}`),
  )
  if (all.length === 0) return ''
  const shown = all.slice(0, SKIPPED_SHOWN_MAX).map((text) => `  ${fitted(text, width - 2)}\n`)
  const more = files.reduce((sum, { skipped }) => sum + skipped, 0) - shown.length
  return `\nSkipped:\n${shown.join('')}${more > 0 ? `  and ${counted(more, 'more line')}\n` : ''}`
}

/** What was changed in a rules file, where it can decide otherwise, and where it went. */
export function rulesReport(terminal: Terminal, rules: ImportedRules): string {
  const list = (issues: readonly Issue[], heading: string, style: Style): string =>
    issues
      .map(({ path, message }) => {
        const place = path === '' ? '' : `${path}: `
        return `${printable(`${rules.file}: ${place}`)}${paint(terminal, style, heading)}: ${printable(message)}\n`
      })
      .join('')
  return [
    list(rules.errors, 'error', 'red'),
    list(rules.changed, 'changed', 'green'),
    list(rules.differs, 'differs', 'yellow'),
    ending(rules),
  ].join('')
}

function ending({ errors, rules, out }: ImportedRules): string {
  if (errors.length > 0)
    return `${counted(errors.length, 'error')}: this file can not be used, and nothing was written.\n`
  if (out === null) return `${counted(rules, 'rule')} can be used; give --out <file> to write them.\n`
  return `Wrote ${counted(rules, 'rule')} to ${printable(out)}.\n`
}
