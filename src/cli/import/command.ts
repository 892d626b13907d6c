import { statSync } from 'node:fs'
import { Command } from 'commander'
import { createRedactor } from '../../audit/redact/redactor.ts'
import { DEFAULTS } from '../../config/config.ts'
import { systemClock } from '../../support/clock.ts'
import { type CommandContext, databaseOption, EXIT, examples, jsonOption } from '../command.ts'
import { interruptible } from '../interrupt.ts'
import { type LogPlaceOptions, openLogToWrite } from '../log-place.ts'
import type { NewFile } from '../new-file.ts'
import { operatorName } from '../operator.ts'
import { Progress } from '../progress.ts'
import { CommandError, type Terminal } from '../terminal.ts'
import { type ImportedFile, importFile } from './import-log.ts'
import { logFiles } from './log-files.ts'
import { logReport, rulesReport } from './report.ts'
import { type ImportedRules, importRules } from './rules-file.ts'

const RULES_FILE_ENDING = '.json'

export const importCommand = ({ terminal, exit }: CommandContext): Command =>
  new Command('import')
    .description('Take over from the Python project: its daily logs into the audit log, and its rules file.')
    .argument('<paths...>', 'log files (.jsonl) or directories of them, or a rules file (.json)')
    .addOption(databaseOption())
    .option('--agent <id>', 'the agent of lines that name none', DEFAULTS.agentId)
    .option('--redact <name...>', 'parameters to redact, beside the usual secret names')
    .option('--out <file>', 'where the converted rules go; without it they are only reported on')
    .option('--force', 'replace that file when it is there')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Each line is imported once, however often its file is. What was refused is not
learned; every other call teaches what is usual, by its own time.

Exit codes: 0 all was taken over, 1 lines were skipped, or rules can not be used
${examples('sentinel import logs/', 'sentinel import logs/2026-01-05.jsonl --redact iban', 'sentinel import rules.json --out sentinel.rules.json')}`,
    )
    .action(async (paths: readonly string[], options: ImportOptions) => exit(await run(terminal, paths, options)))

interface ImportOptions extends LogPlaceOptions {
  readonly agent: string
  readonly redact?: readonly string[]
  readonly out?: string
  readonly force?: boolean
  readonly json?: boolean
}

async function run(terminal: Terminal, paths: readonly string[], options: ImportOptions): Promise<number> {
  const isRules = (path: string): boolean => path.endsWith(RULES_FILE_ENDING)
  const [rulesPath, ...furtherRules] = paths.filter(isRules)
  if (furtherRules.length > 0) throw new CommandError('give one rules file at a time')
  const logs = logFiles(paths.filter((path) => !isRules(path)))
  const rules = rulesPath === undefined ? undefined : await importRules(rulesPath, newFile(options))
  const files = logs.length === 0 ? [] : await importLogs(terminal, logs, options)
  terminal.stdout.write(
    options.json ? `${JSON.stringify({ files, rules: rules ?? null })}\n` : text(terminal, files, rules),
  )
  const isWrong = files.some(({ skipped }) => skipped > 0) || (rules?.errors.length ?? 0) > 0
  return isWrong ? EXIT.failed : EXIT.ok
}

const newFile = ({ out, force = false }: ImportOptions): NewFile | undefined =>
  out === undefined ? undefined : { path: out, whenThere: force ? 'replace' : 'refuse' }

const text = (terminal: Terminal, files: readonly ImportedFile[], rules: ImportedRules | undefined): string =>
  [
    ...(rules === undefined ? [] : [rulesReport(terminal, rules)]),
    ...(files.length === 0 ? [] : [logReport(terminal, files)]),
  ].join('\n')

function importLogs(
  terminal: Terminal,
  paths: readonly string[],
  options: ImportOptions,
): Promise<readonly ImportedFile[]> {
  return interruptible(terminal, async (signal) => {
    const { store, key } = await openLogToWrite(terminal, options)
    const progress = new Progress(
      terminal.stderr,
      paths.reduce((sum, path) => sum + statSync(path).size, 0),
    )
    let bytes = 0
    const onRead = (more: number): void => {
      bytes += more
      progress.at(bytes)
    }
    try {
      // The key is there before the log is.
      const redactionKey = key.for('redaction')
      const redactor = createRedactor({ key: () => redactionKey, names: options.redact })
      const work = {
        store,
        signal,
        redactor,
        agentId: options.agent,
        by: operatorName(),
        now: systemClock.now(),
        onRead,
      }
      const files: ImportedFile[] = []
      for (const path of paths) files.push(await importFile(path, work))
      return files
    } finally {
      progress.end()
      await store.close()
    }
  })
}
