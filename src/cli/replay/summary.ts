import { ACTIONS, type Action } from '../../domain/action.ts'
import type { Replayed } from './run.ts'

/** Counts for one tool. */
export interface ToolCounts {
  readonly tool: string
  calls: number
  readonly actions: Record<Action, number>
  maxRisk: number
}

/** How well the guard told labelled calls apart; counted over the calls that are not training. */
export interface Detection {
  normal: number
  anomalies: number
  /** Normal calls that were stopped, and that were warned about or stopped. */
  readonly falseAlarms: { stopped: number; warned: number }
  /** Anomalous calls that were stopped, and that were warned about or stopped. */
  readonly found: { stopped: number; warned: number }
}

/** What a replay amounts to, gathered call by call. Bounded by the tools and the alarms shown. */
export class Summary {
  readonly #tools = new Map<string, ToolCounts>()
  readonly #alarms: Replayed[] = []
  readonly #alarmsMax: number
  #detection: Detection | undefined

  constructor(alarmsMax: number) {
    this.#alarmsMax = alarmsMax
  }

  add(replayed: Replayed): void {
    const { call, decision } = replayed
    const counts = this.#countsOf(call.tool)
    counts.calls++
    counts.actions[decision.action]++
    counts.maxRisk = Math.max(counts.maxRisk, decision.risk)
    if (call.label !== undefined && !call.training) this.#score(replayed)
    if (decision.action !== 'allow') this.#keepAlarm(replayed)
  }

  /** Most calls first. */
  get tools(): readonly ToolCounts[] {
    return [...this.#tools.values()].sort((a, b) => b.calls - a.calls || (a.tool < b.tool ? -1 : 1))
  }

  get total(): Omit<ToolCounts, 'tool'> {
    const total = emptyCounts('')
    for (const { calls, actions, maxRisk } of this.#tools.values()) {
      total.calls += calls
      for (const action of ACTIONS) total.actions[action] += actions[action]
      total.maxRisk = Math.max(total.maxRisk, maxRisk)
    }
    return total
  }

  /** The strongest, highest risk first. */
  get alarms(): readonly Replayed[] {
    return this.#alarms
  }

  /** Undefined when the calls have no labels. */
  get detection(): Detection | undefined {
    return this.#detection
  }

  #countsOf(tool: string): ToolCounts {
    const known = this.#tools.get(tool)
    if (known !== undefined) return known
    const counts = emptyCounts(tool)
    this.#tools.set(tool, counts)
    return counts
  }

  #keepAlarm(alarm: Replayed): void {
    const at = this.#alarms.findIndex(({ decision }) => decision.risk < alarm.decision.risk)
    this.#alarms.splice(at === -1 ? this.#alarms.length : at, 0, alarm)
    if (this.#alarms.length > this.#alarmsMax) this.#alarms.pop()
  }

  #score({ call, decision }: Replayed): void {
    this.#detection ??= {
      normal: 0,
      anomalies: 0,
      falseAlarms: { stopped: 0, warned: 0 },
      found: { stopped: 0, warned: 0 },
    }
    const normal = call.label === 'normal'
    this.#detection[normal ? 'normal' : 'anomalies']++
    const counts = normal ? this.#detection.falseAlarms : this.#detection.found
    if (decision.action === 'escalate' || decision.action === 'block') counts.stopped++
    if (decision.action !== 'allow') counts.warned++
  }
}

const emptyCounts = (tool: string): ToolCounts => ({
  tool,
  calls: 0,
  actions: { allow: 0, warn: 0, escalate: 0, block: 0 },
  maxRisk: 0,
})
