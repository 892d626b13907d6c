import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { packageFile } from '../support/package.ts'
import { type CommandContext, examples, jsonOption } from './command.ts'
import { CommandError, type Terminal } from './terminal.ts'

const RULES = 'rules.example.json'
const CASES = 'cases/example.json'
const STARTER = 'sentinel.example.mjs'

const STARTER_TEXT = `import { Sentinel } from 'sentinel-guard'

const sentinel = new Sentinel({ rulesPath: './${RULES}' })
const transferFunds = sentinel.wrap('transfer_funds', async ({ amount, destination }) => \`sent \${amount} to \${destination}\`)

// Usual transfers, one that is out of the ordinary, and one that a rule blocks.
for (const amount of [50, 60, 70, 80, 90, 900, 500_000])
  console.log(await transferFunds({ amount, destination: 'bob@example.com' }).catch((error) => error.message))
await sentinel.close()
`

const NEXT_STEPS: readonly (readonly [command: string, meaning: string])[] = [
  ['npm install sentinel-guard', 'if it is not installed yet'],
  [`node ${STARTER}`, 'a guard at work: two of seven calls are blocked'],
  ['npx sentinel log', 'what it recorded'],
  ['npx sentinel anomalies detect', 'what was odd, and did anybody look?'],
  [`npx sentinel test --rules ${RULES}`, 'are calls decided as expected?'],
  [`npx sentinel doctor --rules ${RULES}`, 'is everything in order?'],
]

interface InitOptions {
  readonly force?: boolean
  readonly json?: boolean
}

export const initCommand = ({ terminal }: CommandContext): Command =>
  new Command('init')
    .description('Write example rules, cases that test them, and a ten-line starter into this directory.')
    .option('--force', 'replace files that are there')
    .addOption(jsonOption())
    .addHelpText('after', examples('sentinel init'))
    .action((options: InitOptions) => init(terminal, options))

/** Writes the files of a project. Replaces nothing unless told to. */
function init(terminal: Terminal, { force = false, json = false }: InitOptions): void {
  const files = new Map([
    [RULES, readFileSync(packageFile(RULES), 'utf8')],
    // Its directory is one further away from the schema that it names.
    [CASES, readFileSync(packageFile('cases.example.json'), 'utf8').replace('"./node_modules', '"../node_modules')],
    [STARTER, STARTER_TEXT],
  ])
  const there = [...files.keys()].filter((name) => existsSync(join(terminal.cwd(), name)))
  if (there.length > 0 && !force) {
    throw new CommandError(
      `${there.join(' and ')} ${there.length === 1 ? 'is' : 'are'} here already, and nothing was written; use --force to replace`,
    )
  }
  for (const [name, text] of files) {
    const path = join(terminal.cwd(), name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { flag: force ? 'w' : 'wx' })
  }
  terminal.stdout.write(json ? `${JSON.stringify({ files: [...files.keys()] })}\n` : report(files.keys()))
}

function report(names: Iterable<string>): string {
  const columns = Math.max(...NEXT_STEPS.map(([command]) => command.length))
  const steps = NEXT_STEPS.map(([command, meaning]) => `  $ ${command.padEnd(columns)}  # ${meaning}\n`).join('')
  return `Wrote ${[...names].join(', ')}.\n\nNext:\n${steps}`
}
