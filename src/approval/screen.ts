import type { ApprovalRequest } from '../domain/approval.ts'
import type { EpochMs } from '../domain/units.ts'
import { printable } from '../support/printable.ts'
import { type Leaf, leaves } from './leaves.ts'
import { askedBy, decidingLeaves, reasonTexts, shown, valuesOf } from './summary.ts'
import { clip, wrap } from './wrap.ts'

/** One row of the question, safe to print, without a line break. */
export interface Row {
  readonly kind: 'title' | 'heading' | 'deciding' | 'plain'
  readonly text: string
}

/** What decided stands above everything that a call can make long. */
const DECIDING_SHOWN_MAX = 5
const REASON_ROWS_MAX = 3
/** A longer value stands after the shorter ones, so that it can not push them off the screen. */
const SHORT_VALUE_ROWS_MAX = 3

/** The first two columns are ours: text from a call never begins there, and a continued row shows as one. */
const MARGIN = { plain: '  ', deciding: '> ', rest: '  | ' } as const

const row = (kind: Row['kind'], text: string): Row => ({ kind, text })

/**
 * A request as rows: what decided, the reasons, the arguments that nobody judged, every value, the context, and in full what was
 * shortened above. Nothing is left out.
 * @param view `columns`: width of the terminal. `now`: for the time that is left.
 */
export function requestRows(request: ApprovalRequest, view: { columns: number; now: EpochMs }): readonly Row[] {
  const { columns } = view
  const values = valuesOf(request)
  const deciding = decidingLeaves(request, values)
  return [
    ...headRows(request, view),
    ...decidingRows(deciding, columns),
    ...reasonRows(request, columns),
    ...notJudgedRows(request, columns),
    row('heading', values.length === 0 ? 'No parameters' : `All parameters (${values.length})`),
    ...valueRows(values, new Set(deciding), columns),
    ...contextRows(request, columns),
    ...inFull(request, columns),
  ]
}

/** One row that says again what is decided on, for when the first screen is out of sight. */
export function recap(request: ApprovalRequest, columns: number): Row {
  const [first] = decidingLeaves(request, valuesOf(request))
  const about = first === undefined ? '' : `, ${shown(first)}`
  return row('deciding', clip(`> ${printable(request.tool)}, risk ${request.risk.toFixed(1)}${about}`, columns))
}

function headRows(request: ApprovalRequest, { columns, now }: { columns: number; now: EpochMs }): readonly Row[] {
  const deadline = `Answer before ${timeText(request.deadline)} (${inWords(request.deadline - now)} left)`
  return [
    row('title', clip(`Approval needed: ${printable(request.tool)}`, columns)),
    row(
      'plain',
      clip(`Risk ${request.risk.toFixed(1)} of 10, ${request.level}. Asked by ${askedBy(request)}`, columns),
    ),
    row('plain', clip(deadline, columns)),
  ]
}

function decidingRows(deciding: readonly Leaf[], columns: number): readonly Row[] {
  const more = deciding.length - DECIDING_SHOWN_MAX
  const rows = deciding.slice(0, DECIDING_SHOWN_MAX).map((leaf) => row('deciding', clip(`> ${shown(leaf)}`, columns)))
  return section('What decided', more > 0 ? [...rows, row('plain', `  and ${more} more, marked > below`)] : rows)
}

const reasonRows = (request: ApprovalRequest, columns: number): readonly Row[] =>
  section(
    'Reasons',
    reasonTexts(request).flatMap((text) => textRows(clip(printable(text), reasonCells(columns)), columns)),
  )

/** Words end a row early, so a row less than there may be. */
const reasonCells = (columns: number): number => (REASON_ROWS_MAX - 1) * (columns - MARGIN.rest.length)

function valueRows(values: readonly Leaf[], deciding: ReadonlySet<Leaf>, columns: number): readonly Row[] {
  const blocks = values.map((leaf) => textRows(shown(leaf), columns, deciding.has(leaf) ? 'deciding' : 'plain'))
  const isShort = (block: readonly Row[]): boolean => block.length <= SHORT_VALUE_ROWS_MAX
  return [...blocks.filter(isShort), ...blocks.filter((block) => !isShort(block))].flat()
}

const notJudgedRows = ({ notJudged }: ApprovalRequest, columns: number): readonly Row[] =>
  section(
    'Not judged, handed to the tool as given',
    notJudged.flatMap((name) => textRows(printable(name), columns)),
  )

const contextRows = ({ context }: ApprovalRequest, columns: number): readonly Row[] =>
  context === undefined
    ? []
    : section(
        'Context',
        leaves(context).flatMap((leaf) => textRows(shown(leaf), columns)),
      )

/** Names the call for the audit log, and repeats whole what the head may have shortened. */
function inFull(request: ApprovalRequest, columns: number): readonly Row[] {
  const head = [`tool ${printable(request.tool)}`, askedBy(request)].filter((text) => text.length > columns / 2)
  const reasons = reasonTexts(request)
    .map(printable)
    .filter((text) => clip(text, reasonCells(columns)) !== text)
  const call = [`call ${printable(request.callId)}`, `digest ${request.digest}`]
  return section(
    'The call in full',
    [...head, ...reasons, ...call].flatMap((text) => textRows(text, columns)),
  )
}

const section = (heading: string, rows: readonly Row[]): readonly Row[] =>
  rows.length === 0 ? [] : [row('heading', heading), ...rows]

const textRows = (text: string, columns: number, kind: 'plain' | 'deciding' = 'plain'): readonly Row[] =>
  wrap(text, { columns, first: MARGIN[kind], rest: MARGIN.rest }).map((each) => row(kind, each))

const timeText = (at: EpochMs): string => new Date(at).toISOString()

/** `29 d 3 h`, `4 min 59 s`: the two largest units that say something. */
export function inWords(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000))
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const first = units.findIndex(([count]) => count > 0)
  if (first === -1) return '0 s'
  return units
    .slice(first, first + 2)
    .flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : []))
    .join(' ')
}
