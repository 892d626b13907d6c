import { html } from 'hono/html'
import { type Leaf, leaves } from '../../approval/leaves.ts'
import { askedBy, decidingLeaves, reasonTexts, valuesOf } from '../../approval/summary.ts'
import type { Approval } from '../../domain/approval.ts'
import type { EpochMs } from '../../domain/units.ts'
import { cut } from '../../support/cells.ts'
import { printable } from '../../support/printable.ts'
import { actionBar } from './actions.ts'
import { firstScreen } from './first-screen.ts'
import { type Html, isolated, page, printed, type SignedIn } from './layout.ts'

const TITLE_CELLS_MAX = 40
/** A longer value stands after the shorter ones. */
const SHORT_VALUE_CHARS_MAX = 300

export interface ApprovalView {
  readonly approval: Approval
  readonly signedIn: SignedIn
  /** Of the forms that decide. */
  readonly formToken: string
  readonly now: EpochMs
}

/** One request: what decided, why, who asks, and the buttons; then every value, and in full what was cut above. */
export function approvalPage(view: ApprovalView): Html {
  const { approval, signedIn, now } = view
  const all = valuesOf(approval)
  const deciding = decidingLeaves(approval, all)
  const marked = new Set(deciding)
  return page({
    title: cut(printable(approval.tool), TITLE_CELLS_MAX),
    signedIn,
    content: html`<main>
${firstScreen(approval, { all, deciding }, now)}
${editedPart(approval)}
<h2 id="values">${all.length === 0 ? 'No parameters' : `All parameters (${all.length})`}</h2>
<dl class="values">${inOrder(all).map((leaf) => valueRow(leaf, marked))}</dl>
${contextPart(approval)}
${inFull(approval)}
</main>
${approval.state === 'pending' ? actionBar(view, all) : ''}`,
  })
}

const isLong = ({ text, path }: Leaf): boolean => text.length + path.length > SHORT_VALUE_CHARS_MAX
const inOrder = (values: readonly Leaf[]): readonly Leaf[] => [
  ...values.filter((leaf) => !isLong(leaf)),
  ...values.filter(isLong),
]

const valueRow = (leaf: Leaf, marked: ReadonlySet<Leaf>): Html =>
  html`<div${marked.has(leaf) ? html` class="marked"` : ''}><dt>${printed(leaf.path)}</dt><dd class="value">${printed(leaf.text)}</dd></div>`

/** What runs instead of what was asked. */
const editedPart = ({ edited }: Approval): Html | '' =>
  edited === undefined
    ? ''
    : html`<h2>Arguments that were approved instead</h2><dl>${leaves(edited).map((leaf) => valueRow(leaf, NONE))}</dl>`

const NONE: ReadonlySet<Leaf> = new Set()

const contextPart = ({ context }: Approval): Html | '' =>
  context === undefined ? '' : html`<h2>Context</h2><dl>${leaves(context).map((leaf) => valueRow(leaf, NONE))}</dl>`

/** Names the call for the audit log, and repeats whole what the first screen may have cut. */
function inFull(approval: Approval): Html {
  const { tool, callId, digest, requestedAt, deadline, notJudged } = approval
  return html`<h2>The call in full</h2>
<dl>
<div><dt>Tool</dt><dd class="value">${isolated(tool)}</dd></div>
<div><dt>Asked by</dt><dd class="value">${printed(askedBy(approval))}</dd></div>
${notJudged.map((name) => html`<div><dt>Not judged, handed to the tool as given</dt><dd class="value">${isolated(name)}</dd></div>`)}
${reasonTexts(approval).map((text) => html`<div><dt>Reason</dt><dd>${isolated(text)}</dd></div>`)}
<div><dt>Asked at, and to be answered before</dt><dd>${timeText(requestedAt)}, ${timeText(deadline)}</dd></div>
<div><dt>Call</dt><dd class="value">${isolated(callId)}</dd></div>
<div><dt>Digest</dt><dd class="value">${isolated(digest)}</dd></div>
</dl>`
}

const timeText = (at: EpochMs): string => new Date(at).toISOString()
