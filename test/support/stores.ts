import type { AuditStore } from '../../src/audit/store.ts'

/** A store that hands everything on to another one; its methods can be replaced one by one. */
export const forwarding = (store: AuditStore): AuditStore => ({
  open: () => store.open(),
  append: (...args) => store.append(...args),
  query: (...args) => store.query(...args),
  tail: (...args) => store.tail(...args),
  verify: (...args) => store.verify(...args),
  prune: (...args) => store.prune(...args),
  saveBaselines: (...args) => store.saveBaselines(...args),
  loadBaselines: (...args) => store.loadBaselines(...args),
  reserve: (...args) => store.reserve(...args),
  release: (...args) => store.release(...args),
  approvals: (...args) => store.approvals(...args),
  activity: (...args) => store.activity(...args),
  loadAnomalies: (...args) => store.loadAnomalies(...args),
  saveAnomalies: (...args) => store.saveAnomalies(...args),
  listAnomalies: (...args) => store.listAnomalies(...args),
  close: () => store.close(),
})

/** A store that outlives the guard that closes it. */
export const surviving = (store: AuditStore): AuditStore => ({ ...forwarding(store), close: async () => undefined })
