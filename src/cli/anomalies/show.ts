import type { Anomaly, Severity } from '../../domain/anomaly.ts'
import { columnsOf, paint, type Style, type Terminal, table, wrapped } from '../terminal.ts'

const STYLES: Readonly<Record<Severity, Style>> = { high: 'red', medium: 'yellow', low: 'cyan' }
const COLUMNS = [{ title: 'severity' }, { title: 'type' }, { title: 'last seen' }, { title: 'id' }] as const
const INDENT = '  '
/** On a narrower terminal the year is left out. */
const WIDE_COLUMNS = 120
/** `2026-01-31 12:00`. */
const minute = (time: string, width: number): string => time.slice(width < WIDE_COLUMNS ? 5 : 0, 16).replace('T', ' ')

/** Each anomaly under a line of titles, what it is below it, and what somebody said to it. */
export function shownAnomalies(terminal: Terminal, anomalies: readonly Anomaly[]): string {
  const width = columnsOf(terminal)
  const rows = anomalies.map(({ severity, type, lastSeenAt, id }) => [severity, type, minute(lastSeenAt, width), id])
  const [titles = '', ...lines] = table(COLUMNS, rows, width).trimEnd().split('\n')
  const shown = anomalies.map((anomaly, index) => {
    const { severity } = anomaly
    const line = (lines[index] ?? '').replace(severity, paint(terminal, STYLES[severity], severity))
    const below = [whatOf(anomaly), answerOf(anomaly, width)].filter((text) => text !== undefined)
    return [`${line}\n`, ...below.map((text) => wrapped(text, width, INDENT))].join('')
  })
  return [`${titles}\n`, ...shown].join('')
}

/** The sentence of an anomaly that was found on a call names the tool, and not the agent. */
function whatOf({ description, agentId, principalId, metadata }: Anomaly): string {
  if (metadata.tool === undefined) return description
  const principal = principalId === undefined ? '' : `, for ${principalId}`
  return `${description} (agent ${agentId}${principal})`
}

function answerOf(anomaly: Anomaly, width: number): string | undefined {
  const { status, acknowledgedAt, resolvedAt, by, note } = anomaly
  const at = status === 'resolved' ? resolvedAt : acknowledgedAt
  if (status === 'open' || at === undefined) return undefined
  const who = by === undefined ? '' : ` by ${by}`
  return `${status}${who}, ${minute(at, width)}${note === undefined ? '' : `: ${note}`}`
}
