import { afterAll, beforeAll, expect, test } from 'vitest'
import { PACKING_MAX_MS, type Project, packedProject } from './project.ts'

let project: Project
beforeAll(() => {
  project = packedProject()
}, PACKING_MAX_MS)
afterAll(() => project.remove())

const FIRST_ANOMALY = `npx --no sentinel anomalies detect --json | node -p 'JSON.parse(fs.readFileSync(0)).anomalies[0].id'`

/** What somebody new does in the first minutes, in this order, and what they must see. */
test.each<{ line: string; says: readonly (string | RegExp)[] }>([
  {
    line: 'npx --no sentinel init',
    says: ['Wrote rules.example.json, cases/example.json, sentinel.example.mjs.', '$ node sentinel.example.mjs'],
  },
  {
    line: 'node sentinel.example.mjs',
    says: [
      /^sent 50 to bob@example\.com\n(?:sent \d0 to bob@example\.com\n){4}/,
      "Anomaly detected (risk: 9.4): Parameter 'amount' is 52.5 standard deviations from mean (70.00)\n",
      "Rule 'transfer_limit' blocks: This transfer is larger than an agent may make.",
    ],
  },
  {
    line: 'npx --no sentinel log',
    says: [/rules_loaded .*10 rules\n/, /(?:.*allow .*\n.*executed .*\n){5}.*block .*9\.4 .*\n.*anomaly_detected/],
  },
  { line: 'npx --no sentinel log --event block --json | wc -l', says: [/^ *2\n/] },
  { line: 'npx --no sentinel check rules.example.json', says: ['10 rules, '] },
  { line: 'npx --no sentinel test --rules rules.example.json', says: ['15 cases, all passed.', '10 of 10'] },
  { line: 'npx --no sentinel verify', says: [/^15 events, 1 to 15: intact\.\nThe head of .* the log holds it\.\n$/] },
  {
    line: 'npx --no sentinel doctor --rules rules.example.json',
    says: ['none failed', /^ok +chain +15 events, intact$/m],
  },
  {
    line: 'npx --no sentinel baselines show transfer_funds',
    says: ['5 numbers, mean 70.00, sd 15.81', /last alarms\n.*risk 10\.0/],
  },
  {
    line: 'npx --no sentinel anomalies detect',
    says: [/^high +value_outlier +.*\n.*'transfer_funds': Parameter 'amount' is 31618\.3 standard deviations/m],
  },
  {
    line: `npx --no sentinel anomalies ack "$(${FIRST_ANOMALY})" --note "a try"`,
    says: [/^high +value_outlier/m, /acknowledged by .*: a try$/m],
  },
  {
    line: 'npx --no sentinel anomalies list --unacknowledged --type value_outlier',
    says: [/^No anomalies match\.$/m],
  },
  { line: 'npx --no sentinel log --event anomaly_acknowledged', says: [/anomaly_acknowledged .*a try/] },
  { line: 'npx --no sentinel verify', says: [/^16 events, 1 to 16: intact\./] },
  {
    line: 'npx --no sentinel export --format csv --out events.csv',
    says: ['Wrote 16 events to events.csv.'],
  },
])('$line', ({ line, says }) => {
  const { stdout, stderr, status } = project.sh(line)
  expect([stderr, status]).toEqual(['', 0])
  for (const part of says)
    if (typeof part === 'string') expect(stdout).toContain(part)
    else expect(stdout).toMatch(part)
})
