import { html } from 'hono/html'
import { gistOf } from '../../approval/gist.ts'
import { inWords } from '../../approval/screen.ts'
import { reasonTexts } from '../../approval/summary.ts'
import type { Approval } from '../../domain/approval.ts'
import type { EpochMs } from '../../domain/units.ts'
import { printable } from '../../support/printable.ts'
import type { Listed } from '../desk.ts'
import { type Html, page, type SignedIn } from './layout.ts'
import { riskBadge } from './risk.ts'
import { shortened } from './shortened.ts'

const RELOAD_SECONDS = 30
const TOOL_CELLS_MAX = 60
const GIST_CELLS_MAX = 90

export interface ListView extends Listed {
  readonly signedIn: SignedIn
  /** From 1 on. */
  readonly pageNumber: number
  readonly now: EpochMs
}

/** What waits, the most urgent first. */
export const listPage = ({ approvals, more, signedIn, pageNumber, now }: ListView): Html =>
  page({
    title: approvals.length === 0 ? 'Nothing waits' : `${approvals.length}${more ? '+' : ''} waiting`,
    signedIn,
    reloadSeconds: RELOAD_SECONDS,
    content: html`<main>
<h1>Waiting for a decision</h1>
${approvals.length === 0 ? html`<p class="soft">Nothing waits. This page looks again every ${RELOAD_SECONDS} seconds.</p>` : ''}
<ol class="cards">${approvals.map((approval) => card(approval, now))}</ol>
<nav>${pageNumber > 1 ? html`<a href="/?page=${pageNumber - 1}">More urgent</a>` : html`<span></span>`}
${more ? html`<a href="/?page=${pageNumber + 1}">Less urgent</a>` : ''}</nav>
</main>`,
  })

function card(approval: Approval, now: EpochMs): Html {
  return html`<li><a href="/approvals/${encodeURIComponent(approval.id)}">
${riskBadge(approval)} <strong>${shortened(printable(approval.tool), TOOL_CELLS_MAX)}</strong>
${gist(approval)}
<p class="soft">${shortened(printable(approval.agentId), TOOL_CELLS_MAX)} · ${inWords(approval.deadline - now)} left</p>
</a></li>`
}

/** The value that decided, or else the first reason. */
function gist(approval: Approval): Html {
  const value = gistOf(approval)
  if (value !== undefined) return html`<p class="value">${shortened(value, GIST_CELLS_MAX)}</p>`
  const [reason = ''] = reasonTexts(approval)
  return html`<p>${shortened(printable(reason), GIST_CELLS_MAX)}</p>`
}
