import { type Command, Option } from 'commander'
import type { AuditQuery } from '../audit/store.ts'
import { AUDIT_EVENT_NAMES, type AuditEventName } from '../domain/audit-event.ts'
import { risk } from './command.ts'
import { moment } from './moment.ts'

/** Which events a command is about. */
export interface EventFilterOptions {
  readonly tool?: string
  readonly agent?: string
  readonly event?: AuditEventName[]
  readonly since?: string
  readonly until?: string
  readonly minRisk?: number
  readonly call?: string
}

export const withEventFilter = (command: Command): Command =>
  command
    .option('--tool <name>', 'only this tool')
    .option('--agent <id>', 'only this agent')
    .addOption(new Option('--event <name...>', 'only these events').choices([...AUDIT_EVENT_NAMES]))
    .option('--since <when>', 'from then on: 90s, 15m, 2h, 7d ago, or a time such as 2026-01-31T12:00Z', moment)
    .option('--until <when>', 'up to then', moment)
    .option('--min-risk <risk>', 'only from this risk on, 0 to 10', risk)
    .option('--call <id>', 'only this call')

export const eventQuery = ({ tool, agent, event, since, until, minRisk, call }: EventFilterOptions): AuditQuery => ({
  tool,
  agentId: agent,
  event,
  since,
  until,
  minRisk,
  callId: call,
})
