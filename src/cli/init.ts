import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { packageFile } from '../support/package.ts'
import { type CommandContext, examples } from './command.ts'
import { CommandError, type Terminal } from './terminal.ts'

const RULES = 'rules.example.json'
const STARTER = 'sentinel.example.mjs'

const STARTER_TEXT = `import { Sentinel } from 'sentinel-guard'

const sentinel = new Sentinel({ rulesPath: './${RULES}' })
const transferFunds = sentinel.wrap('transfer_funds', async ({ amount, destination }) => {
  return \`sent \${amount} to \${destination}\`
})

console.log(await transferFunds({ amount: 50, destination: 'bob@example.com' }))
await transferFunds({ amount: 500_000, destination: 'bob@example.com' }).catch((error) => console.log(error.message))
await sentinel.close()
`

export const initCommand = ({ terminal }: CommandContext): Command =>
  new Command('init')
    .description('Write rules.example.json and a ten-line starter into this directory.')
    .option('--force', 'replace files that are there')
    .addHelpText('after', examples('sentinel init'))
    .action((options: { readonly force?: boolean }) => init(terminal, options))

/** Writes the example rules and a starter. Replaces nothing unless told to. */
function init(terminal: Terminal, { force = false }: { readonly force?: boolean }): void {
  const files = new Map([
    [RULES, readFileSync(packageFile(RULES), 'utf8')],
    [STARTER, STARTER_TEXT],
  ])
  const there = [...files.keys()].filter((name) => existsSync(join(terminal.cwd(), name)))
  if (there.length > 0 && !force) {
    throw new CommandError(
      `${there.join(' and ')} ${there.length === 1 ? 'is' : 'are'} here already, and nothing was written; use --force to replace`,
    )
  }
  for (const [name, text] of files) writeFileSync(join(terminal.cwd(), name), text, { flag: force ? 'w' : 'wx' })
  terminal.stdout.write(`Wrote ${RULES} and ${STARTER}.

Next:
  $ npm install sentinel-guard      # if it is not installed yet
  $ node ${STARTER}
  $ npx sentinel log                # what the guard recorded
  $ npx sentinel check ${RULES}
`)
}
