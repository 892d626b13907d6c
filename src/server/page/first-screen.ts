import { html } from 'hono/html'
import type { Leaf } from '../../approval/leaves.ts'
import { inWords } from '../../approval/screen.ts'
import { askedBy, isAbout, reasonTexts } from '../../approval/summary.ts'
import type { Approval } from '../../domain/approval.ts'
import type { EpochMs } from '../../domain/units.ts'
import { printable } from '../../support/printable.ts'
import type { Html } from './layout.ts'
import { riskBadge } from './risk.ts'
import { shortened } from './shortened.ts'
import { stateText } from './state.ts'

/**
 * What a call can make long is cut here and whole further down, so that what decided, why, who asks and the buttons are on the first screen
 * of a phone together. Fewer values and reasons leave more room for each.
 */
const SHOWN = { deciding: 3, reasons: 3 } as const
const CELLS = { tool: 40, askedBy: 50, names: 60, values: 90, usual: 30, reasons: 210, notJudged: 24 } as const

export interface Values {
  /** All of them, in order. */
  readonly all: readonly Leaf[]
  /** What the answer turns on, foremost first. */
  readonly deciding: readonly Leaf[]
}

/** All that an answer turns on. */
export const firstScreen = (approval: Approval, { all, deciding }: Values, now: EpochMs): Html =>
  html`<h1>${shortened(printable(approval.tool), CELLS.tool)}</h1>
<p>${riskBadge(approval)} ${approval.state === 'pending' ? timeLeft(approval, now) : stateText(approval)}</p>
<p class="soft">Asked ${times(approval)}by ${shortened(askedBy(approval), CELLS.askedBy)}</p>
${decidingPart(approval, deciding)}
${reasonPart(approval)}
${notJudgedPart(approval)}
<p class="soft"><a href="#values">${all.length === 1 ? '1 value' : `${all.length.toLocaleString('en')} values`} below</a></p>`

/** Identical calls that wait are one request: approved, it runs once. */
const times = ({ asks }: Approval): string => (asks > 1 ? `${asks.toLocaleString('en')} times ` : '')

/** The page does not count down by itself, so it says the time too. */
const timeLeft = ({ deadline }: Approval, now: EpochMs): Html =>
  html`${inWords(deadline - now)} left, until ${new Date(deadline).toISOString().slice(11, 19)} UTC`

function decidingPart(approval: Approval, deciding: readonly Leaf[]): Html | '' {
  const rows = deciding.slice(0, SHOWN.deciding)
  const more = deciding.length - rows.length
  if (rows.length === 0) return ''
  return html`<h2>What decided</h2>
${rows.map((leaf) => decidingRow(approval, leaf, rows.length))}
${more > 0 ? html`<p class="soft">and ${more.toLocaleString('en')} more, marked below</p>` : ''}`
}

function decidingRow({ signals }: Approval, leaf: Leaf, rows: number): Html {
  const usual = signals.find(
    (signal) => signal.param !== undefined && signal.usual !== undefined && isAbout(signal.param, leaf),
  )
  const name = html`${shortened(leaf.path, Math.floor(CELLS.names / rows))} = `
  return html`<div class="deciding"><span class="value">${leaf.path === '' ? '' : name}${shortened(leaf.text, Math.floor(CELLS.values / rows))}</span>
${usual?.usual === undefined ? '' : html`<br>usually ${shortened(printable(usual.usual), CELLS.usual)}`}</div>`
}

function reasonPart(approval: Approval): Html {
  const texts = reasonTexts(approval).map(printable)
  const rows = texts.slice(0, SHOWN.reasons)
  const more = texts.length - rows.length
  return html`<h2>Reasons</h2>
<ul class="reasons">${rows.map((text) => html`<li>${shortened(text, Math.floor(CELLS.reasons / rows.length))}</li>`)}</ul>
${more > 0 ? html`<p class="soft">and ${more.toLocaleString('en')} more below</p>` : ''}`
}

const notJudgedPart = ({ notJudged }: Approval): Html | '' =>
  notJudged.length === 0
    ? ''
    : html`<p>Not judged: ${shortened(notJudged.map(printable).join(', '), CELLS.notJudged)}</p>`
