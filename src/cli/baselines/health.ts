import type { BaselineHealth, MeasuredRate } from '../../baselines.ts'
import { counted } from '../command.ts'
import { columnsOf, type Terminal, table, wrapped } from '../terminal.ts'

/** How often calls were stopped and warned of, beside what is promised of normal ones. */
export function healthText(terminal: Terminal, health: BaselineHealth): string {
  const { calls, warned, escalated, approved, denied, promised, measured } = health
  if (measured === undefined) return 'No call was scored yet.\n'
  const row = (name: string, alarms: number, { per1000, low, high }: MeasuredRate, limit: number | undefined) => [
    name,
    alarms.toLocaleString('en'),
    per1000.toFixed(1),
    `${low.toFixed(1)} to ${high.toFixed(1)}`,
    limit === undefined ? '' : String(limit),
  ]
  const columns = ['calls', 'per 1,000', '95 % between', 'promised'].map((title) => ({
    title,
    align: 'right' as const,
  }))
  const rows = [
    row('risk 7 and above', escalated, measured.escalate, promised?.escalatePer1000),
    row('risk 4 and above', warned + escalated, measured.warn, promised?.warnPer1000),
  ]
  const width = columnsOf(terminal)
  const sentences = [
    `${counted(calls, 'call')} scored; of those of risk 7 and above ${approved} were approved and ${denied} denied.`,
    'The promise is about normal calls; real anomalies come on top.',
  ]
  const rates = table([{ title: '', shrinks: true }, ...columns], rows, width)
  return `${rates}\n${sentences.map((sentence) => wrapped(sentence, width)).join('')}`
}
