// A guard at work on real calls: rules, learned baselines, an approval, and the log they leave. Run it with `npm run demo`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { Sentinel } from 'sentinel-guard'

const directory = mkdtempSync(join(tmpdir(), 'sentinel-demo-'))
const auditLogPath = join(directory, 'audit.db')
const rulesPath = new URL('../rules.example.json', import.meta.url).pathname

/** The human of this demo: lets go of what is called scratch. */
const approve = ({ tool, params }) => {
  const approved = String(params.name).startsWith('scratch')
  say(`  a human is asked about ${tool} ${JSON.stringify(params)}: ${approved ? 'yes' : 'no'}`)
  return { approved, by: 'demo-operator' }
}

const sentinel = new Sentinel({ rulesPath, auditLogPath, approval: approve, logger: false })
const tools = sentinel.wrapAll({
  transfer_funds: async ({ amount, destination }) => `sent ${amount} to ${destination}`,
  send_email: async ({ to }) => `mail sent to ${to}`,
  delete_database: async ({ name }) => `deleted ${name}`,
  fetch_page: async ({ url }) => `fetched ${url}`,
})

const COLOURS = { ran: 'green', refused: 'red' }
let refusals = 0
const say = (line) => process.stdout.write(`${line}\n`)

async function call(tool, params) {
  const [outcome, told] = await tools[tool](params).then(
    (result) => ['ran', result],
    (error) => ['refused', error.message],
  )
  if (outcome === 'refused') refusals++
  say(`${styleText(COLOURS[outcome], outcome.padEnd(8))} ${tool} ${JSON.stringify(params)}\n         ${told}`)
}

say('Five usual transfers, from which the guard learns what is usual:')
for (const amount of [50, 60, 70, 80, 90]) await call('transfer_funds', { amount, destination: 'bob@example.com' })

say('\nOne that no rule forbids, and that is far from usual:')
await call('transfer_funds', { amount: 900, destination: 'bob@example.com' })

say('\nThe agent tries again. What was refused is not learned, so it stays refused:')
await call('transfer_funds', { amount: 900, destination: 'bob@example.com' })

say('\nRules block, whatever the history:')
await call('fetch_page', { url: 'http://0x7f000001/admin' })
await call('transfer_funds', { amount: '50000', destination: 'bob@example.com' })

say('\nRules ask a human:')
await call('delete_database', { name: 'scratch-7' })
await call('delete_database', { name: 'customers' })
await call('send_email', { to: 'ann@example.com, press@newspaper.example', body: 'Hello' })

say('\nWhat the log has of it, latest first:')
for (const { event, tool, risk, reasons } of await sentinel.audit.query({ limit: 8 })) {
  say(
    `  ${event.padEnd(19)} ${tool}${risk === undefined ? '' : `  risk ${risk.toFixed(1)}`}${reasons[0] ? `  ${reasons[0].message}` : ''}`,
  )
}
await sentinel.close()
rmSync(directory, { recursive: true })

say(`\n${refusals} calls were refused. Next: npx sentinel init`)
if (refusals === 0) process.exitCode = 1
