import { html } from 'hono/html'
import type { Leaf } from '../../approval/leaves.ts'
import type { ApprovalView } from './approval.ts'
import type { Html } from './layout.ts'

export const NOTE_CHARS_MAX = 2_000

/** The buttons, at the lower end of the screen wherever the page is scrolled to, and how much there is to read. */
export function actionBar({ approval, formToken }: ApprovalView, values: readonly Leaf[]): Html {
  const path = `/approvals/${encodeURIComponent(approval.id)}`
  const characters = values.reduce((sum, leaf) => sum + leaf.path.length + leaf.text.length, 0)
  return html`<form class="bar" method="post" action="${path}/deny">
<input type="hidden" name="token" value="${formToken}">
<input type="hidden" name="digest" value="${approval.digest}">
<details><summary>Add a note</summary><textarea name="note" rows="2" maxlength="${NOTE_CHARS_MAX}" aria-label="Note"></textarea></details>
<div class="buttons"><button class="no">Deny</button><button class="yes" formaction="${path}/approve">Approve</button></div>
<p class="soft">${count(values.length, 'value')}, ${count(characters, 'character')} above. <a href="${path}/edit">Edit</a></p>
</form>`
}

const count = (number: number, what: string): string =>
  `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
