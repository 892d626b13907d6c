import type { BaselineHealth, MeasuredRate } from '../../baselines.ts'
import type { LlmUse } from '../../domain/baseline.ts'
import { counted } from '../command.ts'
import { columnsOf, type Terminal, table, wrapped } from '../terminal.ts'

/** How often calls were stopped and warned of, beside what is promised of normal ones; and what asking a model came to. */
export function healthText(terminal: Terminal, health: BaselineHealth): string {
  const width = columnsOf(terminal)
  const sentences = health.llm === undefined ? [] : llmSentences(health.llm)
  return [ratesText(health, width), ...sentences.map((sentence) => wrapped(sentence, width))].join('')
}

function ratesText(health: BaselineHealth, width: number): string {
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
  const sentences = [
    `${counted(calls, 'call')} scored; of those of risk 7 and above ${approved} were approved and ${denied} denied.`,
    'The promise is about normal calls; real anomalies come on top.',
  ]
  const rates = table([{ title: '', shrinks: true }, ...columns], rows, width)
  return `${rates}\n${sentences.map((sentence) => wrapped(sentence, width)).join('')}`
}

/** What asking a model came to, and what it took. */
function llmSentences(llm: LlmUse): readonly string[] {
  const { answered, fromCache, raised, failed, overBudget, inputTokens, outputTokens, costUsd, latencyMs } = llm
  const waits = answered + failed
  const average = waits === 0 ? 0 : latencyMs / waits / 1_000
  const cost = costUsd === 0 ? '' : `, $${costUsd.toFixed(2)}`
  return [
    `The model was asked about ${counted(answered + failed + overBudget, 'call')}: ${answered} answered (${fromCache} from memory, ${raised} raised), ${failed} failed, ${overBudget} over the budget.`,
    `That took ${counted(inputTokens, 'token')} in and ${counted(outputTokens, 'token')} out${cost}, and ${average.toFixed(1)} s a call.`,
  ]
}
