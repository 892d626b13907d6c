import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditStore } from '../../src/audit/store.ts'

const OPERATIONS = ['open', 'append', 'query', 'saveBaselines', 'loadBaselines'] as const
type Operation = (typeof OPERATIONS)[number]

/** A store in memory whose n-th operation fails, or every one from the n-th on while it is told to. */
export class FaultyStore implements AuditStore {
  readonly inner: AuditStore = createMemoryStore()
  /** What was asked of the store, in order. */
  readonly operations: Operation[] = []
  failing: (operation: Operation, number: number) => boolean

  constructor(failing: (operation: Operation, number: number) => boolean = () => false) {
    this.failing = failing
  }

  async open(): Promise<void> {
    this.#step('open')
    return this.inner.open()
  }

  async append(...args: Parameters<AuditStore['append']>): ReturnType<AuditStore['append']> {
    this.#step('append')
    return this.inner.append(...args)
  }

  async query(...args: Parameters<AuditStore['query']>): ReturnType<AuditStore['query']> {
    this.#step('query')
    return this.inner.query(...args)
  }

  async saveBaselines(...args: Parameters<AuditStore['saveBaselines']>): ReturnType<AuditStore['saveBaselines']> {
    this.#step('saveBaselines')
    return this.inner.saveBaselines(...args)
  }

  async loadBaselines(): ReturnType<AuditStore['loadBaselines']> {
    this.#step('loadBaselines')
    return this.inner.loadBaselines()
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

  #step(operation: Operation): void {
    this.operations.push(operation)
    if (this.failing(operation, this.operations.length)) throw new Error(`${operation} failed: disk full`)
  }
}
