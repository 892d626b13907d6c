import { createMemoryStore } from '../../src/audit/memory.ts'
import type { AuditStore } from '../../src/audit/store.ts'

const OPERATIONS = ['open', 'append', 'query', 'saveBaselines', 'loadBaselines', 'reserve', 'release'] as const
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

  async reserve(...args: Parameters<AuditStore['reserve']>): ReturnType<AuditStore['reserve']> {
    this.#step('reserve')
    return this.inner.reserve(...args)
  }

  async release(...args: Parameters<AuditStore['release']>): ReturnType<AuditStore['release']> {
    this.#step('release')
    return this.inner.release(...args)
  }

  tail(...args: Parameters<AuditStore['tail']>): ReturnType<AuditStore['tail']> {
    return this.inner.tail(...args)
  }

  /** Stays readable: the tests look at what was stored after the guard is gone. */
  async close(): Promise<void> {}

  #step(operation: Operation): void {
    this.operations.push(operation)
    if (this.failing(operation, this.operations.length)) throw new Error(`${operation} failed: disk full`)
  }
}
