import { html } from 'hono/html'
import { type Html, page } from './layout.ts'

export interface SignInOptions {
  /** What was wrong with the last attempt. */
  readonly problem?: string | undefined
  /** The approval to show afterwards. */
  readonly approval?: string | undefined
  /**
   * `now`: the page was opened from another site, such as a chat, and browsers then keep the session to themselves. Loading it once more
   * from here shows whether there is one.
   */
  readonly reload?: 'now' | undefined
}

/** Asks for a token. The same page whatever was asked for, so it tells nothing of what is there. */
export const signInPage = ({ problem, approval, reload }: SignInOptions): Html =>
  page({
    title: 'Sign in',
    ...(reload === undefined ? {} : { reloadSeconds: 0 }),
    content: html`<main>
<h1>Sign in to see approvals</h1>
${problem === undefined ? '' : html`<p class="error" role="alert">${problem}</p>`}
<form method="post" action="/sign-in">
<p><label for="token">Your token</label></p>
<p><input id="token" name="token" type="password" required autofocus autocomplete="current-password" autocapitalize="none" spellcheck="false"></p>
${approval === undefined ? '' : html`<input type="hidden" name="approval" value="${approval}">`}
<p class="buttons"><button class="yes">Sign in</button></p>
</form>
</main>`,
  })
