import { html } from 'hono/html'
import { cut, widthOf } from '../../support/cells.ts'
import { type Html, printed } from './layout.ts'

/** To say that so little is missing would take as much room. */
const SPARED_CELLS = 20

/**
 * The beginning of a text that is safe to print, and how much of it stands elsewhere. What says so is ours and set apart, so that no text
 * can pretend to be shortened, or not to be.
 */
export function shortened(text: string, cells: number): Html {
  if (widthOf(text) <= cells + SPARED_CELLS) return printed(text)
  const beginning = cut(text, cells)
  const left = lengthOf(text) - lengthOf(beginning) + 1
  return html`${printed(beginning)} <small>+${left.toLocaleString('en')} characters</small>`
}

/** In characters as people count them, not in halves. */
const lengthOf = (text: string): number => Array.from(text).length
