import { html } from 'hono/html'
import type { ApprovalRequest } from '../../domain/approval.ts'
import type { Html } from './layout.ts'

/** In words and a number, so that it does not take colour to tell. */
export const riskBadge = ({ risk, level }: Pick<ApprovalRequest, 'risk' | 'level'>): Html =>
  html`<span class="risk ${level}">${risk.toFixed(1)} ${level}</span>`
