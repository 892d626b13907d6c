import type { AuditEntry } from '../domain/audit-event.ts'
import type { AlarmCounts } from '../domain/baseline.ts'
import type { Archive, Kept } from '../support/archive.ts'
import { LlmTally, statisticalRisk } from './llm-tally.ts'

/** On the scale of risk, whatever the configured thresholds are: the budget is a promise about these two. */
const WARN = 4
const ESCALATE = 7
/** Tools that are counted apart; calls of further ones count in the total only. */
const TOOLS_MAX = 10_000

class Counts implements Kept {
  calls = 0
  warned = 0
  escalated = 0
  approved = 0
  denied = 0
  readonly llm = new LlmTally()

  exchange(archive: Archive): void {
    this.calls = archive.number(this.calls)
    this.warned = archive.number(this.warned)
    this.escalated = archive.number(this.escalated)
    this.approved = archive.number(this.approved)
    this.denied = archive.number(this.denied)
    this.llm.exchange(archive)
  }

  get all(): AlarmCounts {
    const { calls, warned, escalated, approved, denied, llm } = this
    return { calls, warned, escalated, approved, denied, llm: llm.all }
  }
}

/** How many calls were scored and what came of them: a fold over the log, to hold the promise of false alarms against. */
export class AlarmTally implements Kept {
  readonly #total = new Counts()
  readonly #byTool = new Map<string, Counts>()

  get total(): AlarmCounts {
    return this.#total.all
  }

  /** Undefined for a tool of which no call was scored. */
  ofTool(tool: string): AlarmCounts | undefined {
    return this.#byTool.get(tool)?.all
  }

  count(event: AuditEntry): void {
    const { tool } = event
    if (tool === undefined) return
    const kept = this.#countsOf(tool)
    for (const counts of kept === undefined ? [this.#total] : [this.#total, kept]) add(counts, event)
  }

  exchange(archive: Archive): void {
    this.#total.exchange(archive)
    archive.entries(this.#byTool, (known = new Counts()) => {
      known.exchange(archive)
      return known
    })
  }

  #countsOf(tool: string): Counts | undefined {
    const known = this.#byTool.get(tool)
    if (known !== undefined || this.#byTool.size >= TOOLS_MAX) return known
    const made = new Counts()
    this.#byTool.set(tool, made)
    return made
  }
}

function add(counts: Counts, event: AuditEntry): void {
  switch (event.event) {
    case 'allow':
    case 'warn':
    case 'block':
    case 'approval_requested': {
      counts.llm.count(event)
      if (!isScored(event)) return
      const risk = statisticalRisk(event)
      counts.calls += 1
      if (risk >= ESCALATE) counts.escalated += 1
      else if (risk >= WARN) counts.warned += 1
      return
    }
    case 'approval_granted':
      if (statisticalRisk(event) >= ESCALATE) counts.approved += 1
      return
    case 'approval_denied':
      if (statisticalRisk(event) >= ESCALATE) counts.denied += 1
  }
}

/** A call that was too early for a score, or whose scorer failed, makes no promise. */
const isScored = ({ risk, signals, reasons }: AuditEntry): boolean =>
  risk !== undefined &&
  !signals.some(({ kind }) => kind === 'insufficient_history') &&
  !reasons.some((reason) => reason.source === 'fault' && (reason.stage === 'risk' || reason.stage === 'arguments'))
