import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditStore } from '../../src/audit/store.ts'

const OPERATIONS = [
  'open',
  'append',
  'query',
  'saveBaselines',
  'loadBaselines',
  'reserve',
  'release',
  'approvals',
  'activity',
  'loadAnomalies',
  'saveAnomalies',
  'listAnomalies',
] as const
type Operation = (typeof OPERATIONS)[number]

type Failing = (operation: Operation, number: number) => boolean

/** A store in memory whose n-th operation fails, or every one from the n-th on while it is told to: before or after it is done. */
export class FaultyStore implements AuditStore {
  readonly inner: AuditStore = createMemoryStore()
  /** What was asked of the store, in order. */
  readonly operations: Operation[] = []
  failing: Failing
  readonly #fault: 'before' | 'after'

  constructor(failing: Failing = () => false, fault: 'before' | 'after' = 'before') {
    this.failing = failing
    this.#fault = fault
  }

  async open(): Promise<void> {
    return this.#step('open', () => this.inner.open())
  }

  async append(...args: Parameters<AuditStore['append']>): ReturnType<AuditStore['append']> {
    return this.#step('append', () => this.inner.append(...args))
  }

  async query(...args: Parameters<AuditStore['query']>): ReturnType<AuditStore['query']> {
    return this.#step('query', () => this.inner.query(...args))
  }

  async saveBaselines(...args: Parameters<AuditStore['saveBaselines']>): ReturnType<AuditStore['saveBaselines']> {
    return this.#step('saveBaselines', () => this.inner.saveBaselines(...args))
  }

  async loadBaselines(): ReturnType<AuditStore['loadBaselines']> {
    return this.#step('loadBaselines', () => this.inner.loadBaselines())
  }

  async reserve(...args: Parameters<AuditStore['reserve']>): ReturnType<AuditStore['reserve']> {
    return this.#step('reserve', () => this.inner.reserve(...args))
  }

  async release(...args: Parameters<AuditStore['release']>): ReturnType<AuditStore['release']> {
    return this.#step('release', () => this.inner.release(...args))
  }

  async approvals(...args: Parameters<AuditStore['approvals']>): ReturnType<AuditStore['approvals']> {
    return this.#step('approvals', () => this.inner.approvals(...args))
  }

  async activity(...args: Parameters<AuditStore['activity']>): ReturnType<AuditStore['activity']> {
    return this.#step('activity', () => this.inner.activity(...args))
  }

  async loadAnomalies(...args: Parameters<AuditStore['loadAnomalies']>): ReturnType<AuditStore['loadAnomalies']> {
    return this.#step('loadAnomalies', () => this.inner.loadAnomalies(...args))
  }

  async saveAnomalies(...args: Parameters<AuditStore['saveAnomalies']>): ReturnType<AuditStore['saveAnomalies']> {
    return this.#step('saveAnomalies', () => this.inner.saveAnomalies(...args))
  }

  async listAnomalies(...args: Parameters<AuditStore['listAnomalies']>): ReturnType<AuditStore['listAnomalies']> {
    return this.#step('listAnomalies', () => this.inner.listAnomalies(...args))
  }

  tail(...args: Parameters<AuditStore['tail']>): ReturnType<AuditStore['tail']> {
    return this.inner.tail(...args)
  }

  verify(...args: Parameters<AuditStore['verify']>): ReturnType<AuditStore['verify']> {
    return this.inner.verify(...args)
  }

  prune(...args: Parameters<AuditStore['prune']>): ReturnType<AuditStore['prune']> {
    return this.inner.prune(...args)
  }

  /** Stays readable: the tests look at what was stored after the guard is gone. */
  async close(): Promise<void> {}

  async #step<Result>(operation: Operation, work: () => Promise<Result>): Promise<Result> {
    this.operations.push(operation)
    const fails = this.failing(operation, this.operations.length)
    const result = fails && this.#fault === 'before' ? undefined : await work()
    if (fails) throw new Error(`${operation} failed: disk full`)
    return result as Result
  }
}
