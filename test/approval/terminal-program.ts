// A small program that asks twice on its own terminal and then ends by itself; run by terminal-process.test.ts.
import { writeFileSync } from 'node:fs'
import { createTerminalApprover } from '../../src/approval/terminal.ts'
import { systemClock } from '../../src/support/clock.ts'
import { aRequest, never } from './requests.ts'

const [, , reportPath = ''] = process.argv
const approver = createTerminalApprover({ input: process.stdin, output: process.stderr, clock: systemClock })
const answers = [
  await approver.request(aRequest(systemClock), never),
  await approver.request(aRequest(systemClock, { tool: 'second_call' }), never),
]
const { isRaw } = process.stdin
writeFileSync(reportPath, JSON.stringify({ answers, isRaw, listeners: process.stdin.listenerCount('data') }))
