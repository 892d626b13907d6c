import '../require-node.ts'

export { type ApprovalAppOptions, createApprovalApp } from './app.ts'
export { type ApprovalServer, type ServeOptions, serveApprovals } from './serve.ts'
export type { ApprovalToken } from './tokens.ts'
