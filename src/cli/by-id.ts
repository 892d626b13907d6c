import { printable } from '../support/printable.ts'
import { CommandError } from './terminal.ts'

/**
 * The one whose id ends so, or is just this; undefined when there is none. The end of an id is random, so that a few characters tell.
 * @throws CommandError when several end so.
 */
export function endingWith<Item extends { readonly id: string }>(
  items: readonly Item[],
  end: string,
  nouns: string,
): Item | undefined {
  const exact = items.find(({ id }) => id === end)
  if (exact !== undefined) return exact
  const [first, ...others] = items.filter(({ id }) => id.endsWith(end))
  if (others.length > 0)
    throw new CommandError(`${others.length + 1} ${nouns} end with ${printable(end)}; give more of the id`)
  return first
}
