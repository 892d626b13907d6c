import { padded } from '../terminal.ts'

/** One bar: what it counts, and how many there are. */
export interface Bar {
  readonly label: string
  readonly count: number
}

const BAR_COLUMNS_MAX = 40
const LABEL_COLUMNS_MAX = 36
const HISTOGRAM_ROWS_MAX = 10
const INDENT = '  '
const GAPS = 2
/** From this ratio of the largest to the smallest value on, rows of equal ratios show more than rows of equal width. */
const RATIO_ROWS_FROM = 100
const LARGE = 1e9

/** Bars under each other, the longest as long as the width allows. */
export function bars(all: readonly Bar[], width: number): string {
  const most = Math.max(1, ...all.map(({ count }) => count))
  const countColumns = String(most).length
  const longest = Math.max(...all.map(({ label }) => label.length))
  const labelColumns = Math.min(
    longest,
    LABEL_COLUMNS_MAX,
    Math.max(1, width - INDENT.length - GAPS - countColumns - 8),
  )
  const room = Math.min(BAR_COLUMNS_MAX, width - INDENT.length - labelColumns - GAPS - countColumns)
  return all
    .map(({ label, count }) => {
      const full = count === 0 ? 0 : Math.max(1, Math.round((room * count) / most))
      const bar = '█'.repeat(full)
      return `${INDENT}${padded(label, labelColumns)} ${bar}${bar === '' ? '' : ' '}${count}\n`
    })
    .join('')
}

/** How often each value comes, or where they are many, how often values fall into each of some ranges; at least one value. */
export function histogram(values: readonly number[]): readonly Bar[] {
  const counts = new Map<number, number>()
  for (const value of values.toSorted((a, b) => a - b)) counts.set(value, (counts.get(value) ?? 0) + 1)
  if (counts.size > HISTOGRAM_ROWS_MAX) return ranges(values)
  return aligned([...counts].map(([value, count]) => ({ texts: [shortNumber(value)], count })))
}

function ranges(values: readonly number[]): readonly Bar[] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const rows = Math.min(HISTOGRAM_ROWS_MAX, Math.ceil(2 * Math.sqrt(values.length)))
  const byRatio = low > 0 && high / low >= RATIO_ROWS_FROM
  const place = (value: number): number =>
    byRatio ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
  const edge = (row: number): number =>
    byRatio ? low * (high / low) ** (row / rows) : low + ((high - low) * row) / rows
  const rowOf = (value: number): number => Math.min(rows - 1, Math.floor(place(value) * rows))
  return aligned(
    Array.from({ length: rows }, (_, row) => ({
      texts: [shortNumber(edge(row)), shortNumber(edge(row + 1))],
      count: values.filter((value) => rowOf(value) === row).length,
    })),
  )
}

function aligned(rows: readonly { readonly texts: readonly string[]; readonly count: number }[]): readonly Bar[] {
  const columns = Math.max(...rows.flatMap(({ texts }) => texts.map((text) => text.length)))
  return rows.map(({ texts, count }) => ({ label: texts.map((text) => text.padStart(columns)).join(' to '), count }))
}

/** Two decimals, or as many digits as a very large or very small number needs. */
export function shortNumber(value: number): string {
  const size = Math.abs(value)
  if (size >= LARGE) return value.toExponential(2)
  return size > 0 && size < 0.005 ? value.toPrecision(3) : value.toFixed(2)
}

const LEVELS = [...'▁▂▃▄▅▆▇█']

/** How often each hour of the day comes; two columns for an hour where there is room. */
export function hoursOfDay(counts: readonly number[], width: number): string {
  const columns = INDENT.length + 2 * counts.length > width ? 1 : 2
  const most = Math.max(1, ...counts)
  const level = (count: number): string =>
    count === 0 ? ' ' : (LEVELS[Math.ceil((count / most) * LEVELS.length) - 1] ?? ' ')
  const drawn = counts.map((count) => level(count).repeat(columns)).join('')
  const marks = [0, 6, 12, 18].map((hour) => String(hour).padEnd(6 * columns)).join('')
  return `${INDENT}${drawn.trimEnd()}\n${INDENT}${marks.trimEnd()}\n`
}
