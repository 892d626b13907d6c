import { Command } from 'commander'
import type { AuditStore } from '../audit/store.ts'
import { DEFAULTS } from '../config/config.ts'
import type { AuditEvent, AuditEventName } from '../domain/audit-event.ts'
import { toJsonText } from '../support/json.ts'
import { type CommandContext, count, databaseOption, examples, jsonOption } from './command.ts'
import { type EventFilterOptions, eventQuery, withEventFilter } from './event-filter.ts'
import { interruptible } from './interrupt.ts'
import { type LogPlaceOptions, openLog } from './log-place.ts'
import { reasonTexts } from './reasons.ts'
import { columnsOf, fitted, padded, paint, type Style, type Terminal, write } from './terminal.ts'

export const logCommand = ({ terminal }: CommandContext): Command =>
  withEventFilter(
    new Command('log').description('Read the audit log, the latest events last.').addOption(databaseOption()),
  )
    .option('-n, --limit <count>', 'at most so many of the latest events', count, 50)
    .option('-f, --follow', 'go on with each new event until Ctrl-C')
    .addOption(jsonOption('print one JSON object a line'))
    .addHelpText(
      'after',
      examples(
        'sentinel log --tool transfer_funds --since 2h',
        'sentinel log -f --min-risk 4',
        'sentinel log --event block --json | jq .reasons',
      ),
    )
    .action((options: LogOptions) => log(terminal, options))

interface LogOptions extends LogPlaceOptions, EventFilterOptions {
  readonly limit: number
  readonly follow?: boolean
  readonly json?: boolean
}

const STYLES: ReadonlyMap<AuditEventName, Style> = new Map<AuditEventName, Style>([
  ['allow', 'green'],
  ['warn', 'yellow'],
  ['block', 'red'],
  ['approval_requested', 'magenta'],
  ['approval_denied', 'red'],
  ['approval_timeout', 'red'],
  ['approval_unavailable', 'red'],
  ['anomaly_detected', 'yellow'],
  ['failed', 'red'],
  ['outcome_unknown', 'yellow'],
  ['fault', 'red'],
])

/** On a narrower terminal the year is left out. */
const WIDE_COLUMNS = 120

/** Prints the latest events, oldest first as they happened, and with `follow` each new one. Only reads. */
async function log(terminal: Terminal, options: LogOptions): Promise<void> {
  const store = openLog(terminal, options, { readOnly: true })
  try {
    const latest = await store.query({ ...eventQuery(options), limit: options.limit })
    for (const event of latest.toReversed()) await print(terminal, event, options)
    if (latest.length === 0 && !options.follow) terminal.stderr.write('No events match.\n')
    const after = latest.at(0)?.seq
    if (options.follow) await interruptible(terminal, (signal) => follow(terminal, { store, options, after, signal }))
  } finally {
    await store.close()
  }
}

interface Following {
  readonly store: AuditStore
  readonly options: LogOptions
  readonly after: number | undefined
  readonly signal: AbortSignal
}

async function follow(terminal: Terminal, { store, options, after, signal }: Following): Promise<void> {
  for await (const event of store.tail({ ...(after === undefined ? {} : { after }), signal })) {
    if (matches(event, options)) await print(terminal, event, options)
  }
}

/** The conditions that make sense for events to come. */
const matches = (event: AuditEvent, { tool, agent, event: names, minRisk, call }: LogOptions): boolean =>
  (tool === undefined || event.tool === tool) &&
  (agent === undefined || event.agentId === agent) &&
  (names === undefined || names.includes(event.event)) &&
  (minRisk === undefined || (event.risk ?? 0) >= minRisk) &&
  (call === undefined || event.callId === call)

async function print(terminal: Terminal, event: AuditEvent, { json = false }: LogOptions): Promise<void> {
  await write(terminal.stdout, json ? `${toJsonText(event)}\n` : line(terminal, event))
}

/** Time, event, risk, agent, tool and what there is to say, on one line. */
function line(terminal: Terminal, event: AuditEvent): string {
  const width = columnsOf(terminal)
  const name = padded(event.event, 20)
  const style = STYLES.get(event.event)
  const riskText = event.risk === undefined ? '    ' : event.risk.toFixed(1).padStart(4)
  const head = `${event.time.slice(width < WIDE_COLUMNS ? 5 : 0, 19).replace('T', ' ')}  `
  const rest = `  ${riskText}  ${event.tool ?? '-'}  ${detailsOf(event)}`
  return `${head}${style === undefined ? name : paint(terminal, style, name)}${fitted(rest, width - head.length - name.length)}\n`
}

function detailsOf(event: AuditEvent): string {
  const about = [
    event.agentId === undefined || event.agentId === DEFAULTS.agentId ? undefined : `agent ${event.agentId}`,
    event.enforced ? undefined : 'not enforced',
    event.approvedBy === undefined ? undefined : `by ${event.approvedBy}`,
    event.durationMs === undefined ? undefined : `${event.durationMs.toFixed(1)} ms`,
    event.errorClass,
    event.note,
  ].filter((part) => part !== undefined)
  const why = reasonTexts(event)
  const params = event.params === undefined ? [] : [toJsonText(event.params)]
  // A narrow terminal cuts the end: why a call was stopped must not be what is cut.
  return [...about, ...(event.event === 'allow' ? [...params, ...why] : [...why, ...params])].join(' · ')
}
