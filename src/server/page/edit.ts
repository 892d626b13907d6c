import { html } from 'hono/html'
import { REDACTED } from '../../domain/redacted.ts'
import { cut } from '../../support/cells.ts'
import { printable } from '../../support/printable.ts'
import { NOTE_CHARS_MAX } from './actions.ts'
import type { ApprovalView } from './approval.ts'
import { type Html, page, printed } from './layout.ts'
import { visibleJson } from './visible-json.ts'

const TOOL_CELLS_MAX = 60

export interface EditView extends ApprovalView {
  /** What was typed before and could not be taken, and why. */
  readonly rejected?: { readonly text: string; readonly because: string } | undefined
}

/** The arguments to change. What is sent is judged again in full before it runs. */
export function editPage({ approval, signedIn, formToken, rejected }: EditView): Html {
  const path = `/approvals/${encodeURIComponent(approval.id)}`
  const tool = cut(printable(approval.tool), TOOL_CELLS_MAX)
  return page({
    title: `Edit ${tool}`,
    signedIn,
    content: html`<main>
<h1>Edit the arguments of ${printed(tool)}</h1>
${rejected === undefined ? '' : html`<p class="error" role="alert">${rejected.because}</p>`}
<p class="soft">Rules and risk judge what you send again; a rule can still refuse it. Both versions are recorded. Invisible characters
are written as <code>\\u202e</code>.</p>
${approval.redactedPaths.length === 0 ? '' : html`<p class="soft"><code>${REDACTED}</code> stands for a secret that nobody is shown; leave it, and the call keeps its own.</p>`}
<form id="edit" method="post" action="${path}/edit">
<input type="hidden" name="token" value="${formToken}">
<input type="hidden" name="digest" value="${approval.digest}">
<textarea class="json" name="params" aria-label="Arguments as JSON" autocapitalize="none" autocorrect="off" spellcheck="false">
${rejected?.text ?? visibleJson(approval.params)}</textarea>
<p><label for="note">Note (optional)</label></p><textarea id="note" name="note" rows="2" maxlength="${NOTE_CHARS_MAX}"></textarea>
<p class="buttons"><button class="yes">Approve with these arguments</button></p>
</form>
<p><a href="${path}">Back without a change</a></p>
</main>`,
  })
}
