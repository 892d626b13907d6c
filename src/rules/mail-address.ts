import { domainName } from './domain-name.ts'
import type { Doubt } from './judgement.ts'
import { MAIL_CHARACTERS_MAX } from './limits.ts'

const NOT_AN_ADDRESS: Doubt = {
  because: 'expected mail addresses, found text that can not be read as such for certain',
}
const TOO_LONG: Doubt = {
  because: `the text is longer than the ${MAIL_CHARACTERS_MAX / 1024} KiB that are read for addresses`,
}

/** No character that mail software gives a meaning to: `%` and `!` once routed mail onward to another domain. */
const LOCAL_PART = /^[^\s"(),:;<>@[\\\]%!\p{Cc}\p{Cf}]+$/u
const DISPLAY_NAME = /^[^"(),:;<>@[\\\]\p{Cc}\p{Cf}]*$/u
const QUOTED_NAME = /^"(?:[^"\\@\p{Cc}\p{Cf}]|\\[^@\p{Cc}\p{Cf}])*"$/u
const CONTROL = /\p{Cc}/u

/** The entries of `a@b.c, "Doe, Jane" <d@e.f>; g@h.i`: separators inside quotes do not count. Undefined when a quote stays open. */
function splitList(text: string): string[] | undefined {
  const entries: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (quoted && character === '\\') at++
    else if (character === '"') quoted = !quoted
    else if (!quoted && (character === ',' || character === ';')) {
      entries.push(text.slice(start, at))
      start = at + 1
    }
  }
  entries.push(text.slice(start))
  return quoted ? undefined : entries.map((entry) => entry.trim()).filter((entry) => entry !== '')
}

/** The address in `Jane <jane@example.com>` or `jane@example.com`; undefined when the rest is not plainly a name. */
function bareAddress(entry: string): string | undefined {
  if (!entry.endsWith('>')) return entry
  const open = entry.indexOf('<')
  const name = entry.slice(0, Math.max(0, open)).trim()
  return open !== -1 && (DISPLAY_NAME.test(name) || QUOTED_NAME.test(name)) ? entry.slice(open + 1, -1) : undefined
}

function domainOf(entry: string): string | undefined {
  const address = bareAddress(entry)
  const at = address?.lastIndexOf('@') ?? -1
  if (address === undefined || at < 1) return undefined
  const local = address.slice(0, at)
  // A full-width @ is an @ to software that folds such forms first.
  if (!LOCAL_PART.test(local) || local.normalize('NFKC') !== local) return undefined
  return domainName(address.slice(at + 1))
}

/**
 * The domains of all addresses in a text, in lower-case ASCII: one address, `Name <address>`, or a list with commas or semicolons.
 * In doubt when any part can be read in more than one way, since the tool that sends may read it in another.
 */
export function mailDomains(text: string): readonly string[] | Doubt {
  if (text.length > MAIL_CHARACTERS_MAX) return TOO_LONG
  const entries = CONTROL.test(text) ? undefined : splitList(text)
  if (entries === undefined || entries.length === 0) return NOT_AN_ADDRESS
  const domains: string[] = []
  for (const entry of entries) {
    const domain = domainOf(entry)
    if (domain === undefined) return NOT_AN_ADDRESS
    domains.push(domain)
  }
  return domains
}
