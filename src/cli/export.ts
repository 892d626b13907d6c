import { Command, Option } from 'commander'
import { EXPORT_FORMATS, type ExportFormat, exportEvents } from '../audit/export.ts'
import type { AuditStore } from '../audit/store.ts'
import { type CommandContext, counted, databaseOption, examples, jsonOption } from './command.ts'
import { type EventFilterOptions, eventQuery, withEventFilter } from './event-filter.ts'
import { interruptible } from './interrupt.ts'
import { type LogPlaceOptions, openLog } from './log-place.ts'
import { writeNewFile } from './new-file.ts'
import { type Terminal, write } from './terminal.ts'

export const exportCommand = ({ terminal }: CommandContext): Command =>
  withEventFilter(
    new Command('export')
      .description('Write events of the audit log as JSON lines or CSV, oldest first.')
      .addOption(databaseOption()),
  )
    .addOption(new Option('--format <format>', 'how to write them').choices(EXPORT_FORMATS).default('jsonl'))
    .option('--out <file>', 'write into this file, for its owner alone, instead of standard output')
    .option('--force', 'replace the file when it is there')
    .addOption(jsonOption('with --out: print what was written as one JSON object'))
    .addHelpText(
      'after',
      examples(
        'sentinel export --since 30d --out events.jsonl',
        'sentinel export --format csv --tool transfer_funds --out transfers.csv',
        'sentinel export --event block | jq -r .tool | sort | uniq -c',
      ),
    )
    .action((options: ExportOptions) => exportLog(terminal, options))

interface ExportOptions extends LogPlaceOptions, EventFilterOptions {
  readonly format: ExportFormat
  readonly out?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** Writes every event that matches and was stored when it began. Only reads the log. */
async function exportLog(terminal: Terminal, options: ExportOptions): Promise<void> {
  const store = openLog(terminal, options, { readOnly: true })
  try {
    await interruptible(terminal, (signal) => written(terminal, { store, options, signal }))
  } finally {
    await store.close()
  }
}

interface Exporting {
  readonly store: AuditStore
  readonly options: ExportOptions
  readonly signal: AbortSignal
}

async function written(terminal: Terminal, { store, options, signal }: Exporting): Promise<void> {
  const { format, out: path, force = false, json = false } = options
  let texts = 0
  async function* pieces(): AsyncGenerator<string> {
    for await (const text of exportEvents(store, format, eventQuery(options))) {
      signal.throwIfAborted()
      texts++
      yield text
    }
  }
  if (path === undefined) {
    for await (const text of pieces()) await write(terminal.stdout, text)
    return
  }
  await writeNewFile({ path, whenThere: force ? 'replace' : 'refuse' }, pieces())
  const events = format === 'csv' ? texts - 1 : texts
  terminal.stdout.write(
    json ? `${JSON.stringify({ file: path, format, events })}\n` : `Wrote ${counted(events, 'event')} to ${path}.\n`,
  )
}
