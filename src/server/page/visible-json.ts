import { isPlainArray, isPlainObject, type Plain } from '../../domain/plain.ts'

const INDENT = '  '

/** What does not show as itself inside a text; see `printable`. JSON has an escape of its own for it. */
const INVISIBLE = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]\p{M}*|(?<=")\p{M}+|(?<=\p{M}{8})\p{M}+/gu

/** JSON to read and to edit: one value a row, whole numbers with all their digits, and no character that can not be seen. */
export const visibleJson = (value: Plain): string => written(value, '')

function written(value: Plain, margin: string): string {
  const inner = margin + INDENT
  if (isPlainArray(value))
    return block(
      '[]',
      value.map((item) => inner + written(item, inner)),
      margin,
    )
  if (isPlainObject(value))
    return block(
      '{}',
      Object.entries(value).map(([key, item]) => `${inner}${text(key)}: ${written(item, inner)}`),
      margin,
    )
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'string' ? text(value) : JSON.stringify(value)
}

const block = (ends: '[]' | '{}', rows: readonly string[], margin: string): string =>
  rows.length === 0 ? ends : `${ends.slice(0, 1)}\n${rows.join(',\n')}\n${margin}${ends.slice(1)}`

const text = (plain: string): string => JSON.stringify(plain).replace(INVISIBLE, escaped)

const escaped = (found: string): string =>
  Array.from(
    { length: found.length },
    (_, index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('')
