import { html } from 'hono/html'
import type { Refusal } from '../refusal.ts'
import { type Html, isolated, page } from './layout.ts'

/** Says why something was not done. */
export const messagePage = ({ message }: Refusal): Html =>
  page({
    title: 'Not done',
    content: html`<main><h1>Not done</h1><p class="error">${isolated(message)}</p><p><a href="/">All approvals</a></p></main>`,
  })
