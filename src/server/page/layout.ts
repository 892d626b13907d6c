import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import { printable } from '../../support/printable.ts'
import { STYLE } from './style.ts'

/** HTML in which every text that was put in is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

export interface PageOptions {
  /** Already safe to print. */
  readonly title: string
  readonly content: Html
  /** Who is signed in; undefined before that. */
  readonly signedIn?: SignedIn | undefined
  /** Load the page again after so many seconds. */
  readonly reloadSeconds?: number
}

export interface SignedIn {
  readonly name: string
  /** Of the form that signs out. */
  readonly signOutToken: string
}

/** A whole page. Without script, images or anything else from elsewhere, so it shows at once. */
export const page = ({ title, content, signedIn, reloadSeconds }: PageOptions): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${reloadSeconds === undefined ? '' : html`<meta http-equiv="refresh" content="${reloadSeconds}">`}
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
${signedIn === undefined ? '' : head(signedIn)}
${content}
</body>
</html>
`

const head = ({ name, signOutToken }: SignedIn): Html => html`<header>
<a href="/">All approvals</a><span>as ${isolated(name)}</span>
<form method="post" action="/sign-out"><input type="hidden" name="token" value="${signOutToken}"><button class="plain">Sign out</button></form>
</header>`

/** Text from outside: nothing in it is invisible or a line of its own, and its direction ends with it. */
export const isolated = (text: string): Html => printed(printable(text))

/** As `isolated`, of text that is safe to print already. */
export const printed = (text: string): Html => html`<bdi>${text}</bdi>`
