import type { AuditEntry } from '../domain/audit-event.ts'
import type { LlmUse } from '../domain/baseline.ts'
import { isPlainObject, type Plain, type PlainObject } from '../domain/plain.ts'
import type { Archive, Kept } from '../support/archive.ts'

/** What asking a model came to: a fold over what the decisions in the log say of it. */
export class LlmTally implements Kept {
  #answered = 0
  #fromCache = 0
  #raised = 0
  #failed = 0
  #overBudget = 0
  #inputTokens = 0
  #outputTokens = 0
  #costUsd = 0
  #latencyMs = 0

  /** Undefined where it was never any call's turn. */
  get all(): LlmUse | undefined {
    const [answered, failed, overBudget] = [this.#answered, this.#failed, this.#overBudget]
    if (answered + failed + overBudget === 0) return undefined
    return {
      ...{ answered, failed, overBudget, fromCache: this.#fromCache, raised: this.#raised },
      ...{ inputTokens: this.#inputTokens, outputTokens: this.#outputTokens },
      ...{ costUsd: this.#costUsd, latencyMs: this.#latencyMs },
    }
  }

  /** @param event the decision on a call. */
  count(event: AuditEntry): void {
    const llm = consultationOf(event)
    if (llm === undefined) return
    this.#latencyMs += amount(llm.latencyMs)
    if (llm.status === 'failed') this.#failed += 1
    else if (llm.status === 'not-asked') this.#overBudget += 1
    else if (llm.status === 'answered') this.#countAnswer(event, llm)
  }

  exchange(archive: Archive): void {
    this.#answered = archive.number(this.#answered)
    this.#fromCache = archive.number(this.#fromCache)
    this.#raised = archive.number(this.#raised)
    this.#failed = archive.number(this.#failed)
    this.#overBudget = archive.number(this.#overBudget)
    this.#inputTokens = archive.number(this.#inputTokens)
    this.#outputTokens = archive.number(this.#outputTokens)
    this.#costUsd = archive.number(this.#costUsd)
    this.#latencyMs = archive.number(this.#latencyMs)
  }

  #countAnswer(event: AuditEntry, llm: PlainObject): void {
    this.#answered += 1
    if (llm.from === 'cache') this.#fromCache += 1
    if ((event.risk ?? 0) > statisticalRisk(event)) this.#raised += 1
    this.#inputTokens += amount(llm.inputTokens)
    this.#outputTokens += amount(llm.outputTokens)
    this.#costUsd += amount(llm.costUsd)
  }
}

/** The risk by statistics, also where a model raised it: what is promised of alarms is promised of statistics. */
export function statisticalRisk(event: AuditEntry): number {
  const llm = consultationOf(event)
  return llm?.status === 'answered' ? amount(llm.statisticalRisk) : (event.risk ?? 0)
}

function consultationOf({ details }: AuditEntry): PlainObject | undefined {
  const llm = details?.llm
  return isPlainObject(llm) ? llm : undefined
}

const amount = (value: Plain | undefined): number => (typeof value === 'number' && value > 0 ? value : 0)
